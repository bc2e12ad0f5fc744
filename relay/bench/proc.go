//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// ticks is what /proc counts a second of CPU in: USER_HZ, which is 100 on every
// platform that Go runs on.
const ticks = 100

// cpuOf returns how long a process has computed. It panics if there is none: we started it.
func cpuOf(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		panic(err)
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	var n int64
	for _, v := range f[11:13] { // utime and stime, the 14th and 15th
		one, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			panic(err)
		}
		n += one
	}
	return time.Duration(n) * time.Second / ticks
}

// memoryOf returns how much of a process is in memory, in KiB.
func memoryOf(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		panic(err)
	}
	n, err := strconv.ParseInt(string(bytes.Fields(b)[1]), 10, 64)
	if err != nil {
		panic(err)
	}
	return float64(n) * float64(os.Getpagesize()) / 1024
}

// freePort returns a port that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// answers waits until somebody listens.
func answers(address string) error {
	for range 500 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("nobody answers at %s", address)
}
