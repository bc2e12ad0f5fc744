//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
)

// redisServer is Redis with a stream for each channel and a sync of its log before
// it answers, as durable as the relay. It is driven by its own protocol over plain
// TCP, and leaves it to its clients to ask for what comes next: each follower has a
// cursor and waits in a read that blocks. Nobody gets what is not durable: Redis
// syncs before it answers anybody.
//
// Mosquitto is no such peer: it acknowledges before it saves, whatever it is told
// (persistence and autosave_on_changes save afterwards), so that what was
// acknowledged does not survive.
type redisServer struct {
	program string
	port    string
}

func (r *redisServer) name() string { return "Redis" }

func (r *redisServer) start(dir string) (*exec.Cmd, error) {
	var err error
	if r.port, err = freePort(); err != nil {
		return nil, err
	}
	cmd := exec.Command(r.program, "--bind", "127.0.0.1", "--port", r.port, "--dir", dir, "--loglevel", "warning", "--maxclients", "64000",
		"--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no", "--save", "", "--auto-aof-rewrite-percentage", "0")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := answers("127.0.0.1:" + r.port); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return nil, err
	}
	return cmd, nil
}

func (r *redisServer) prepare(int) error { return nil } // a stream is made by the first message

func (r *redisServer) dial(channel int) (client, error) {
	c, err := net.Dial("tcp", "127.0.0.1:"+r.port)
	if err != nil {
		return nil, err
	}
	one := &redisConn{c: c, r: bufio.NewReaderSize(c, clientBuffer), key: "ch" + strconv.Itoa(channel), each: make(chan int, 1024)}
	if err = one.ask("PING"); err == nil {
		_, err = one.reply()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return one, nil
}

type redisConn struct {
	c    net.Conn
	r    *bufio.Reader
	key  string
	buf  []byte
	text []byte
	last string   // identifier of the message that was read last
	each chan int // messages of the requests that are not answered
}

// say adds a command to what is to be sent.
func (c *redisConn) say(words ...string) {
	c.buf = fmt.Appendf(c.buf, "*%d\r\n", len(words))
	for _, w := range words {
		c.buf = fmt.Appendf(c.buf, "$%d\r\n%s\r\n", len(w), w)
	}
}

func (c *redisConn) flush() error {
	_, err := c.c.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *redisConn) ask(words ...string) error {
	c.say(words...)
	return c.flush()
}

// A reply is what came, of one of the protocol's kinds. A string is good until the
// next is read.
type reply struct {
	kind byte // + - : $ *
	n    int  // of a list: how many replies follow; -1: nothing
	text []byte
}

func (c *redisConn) reply() (reply, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return reply{}, err
	}
	if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
		return reply{}, errors.New("an empty reply")
	}
	v := reply{kind: line[0], text: line[1:]}
	switch v.kind {
	case '-':
		return v, errors.New(string(line))
	case '$', '*':
		if v.n, err = strconv.Atoi(string(v.text)); err != nil || v.n < -1 || v.n > 1<<20 {
			return v, fmt.Errorf("a length of %q", v.text)
		}
	}
	if v.kind == '$' && v.n >= 0 {
		if cap(c.text) < v.n+2 {
			c.text = make([]byte, v.n+2)
		}
		v.text = c.text[:v.n+2]
		if _, err := io.ReadFull(c.r, v.text); err != nil {
			return v, err
		}
		v.text = v.text[:v.n]
	}
	return v, nil
}

// list reads the head of a list.
func (c *redisConn) list() (int, error) {
	v, err := c.reply()
	if err == nil && v.kind != '*' {
		err = fmt.Errorf("no list: %c", v.kind)
	}
	return v.n, err
}

// listOf reads the head of a list of so many.
func (c *redisConn) listOf(want int) error {
	n, err := c.list()
	if err == nil && n != want {
		err = fmt.Errorf("a list of %d, not %d", n, want)
	}
	return err
}

// message reads one message of a stream: its identifier, a name and what it holds.
func (c *redisConn) message() error {
	if err := c.listOf(2); err != nil {
		return err
	}
	id, err := c.reply()
	if err != nil {
		return err
	}
	c.last = string(id.text)
	if err := c.listOf(2); err != nil {
		return err
	}
	if _, err := c.reply(); err != nil {
		return err
	}
	v, err := c.reply()
	if err == nil && !bytes.Equal(v.text, content) {
		err = fmt.Errorf("another message of %d bytes", len(v.text))
	}
	return err
}

func (c *redisConn) send(messages, size int) error {
	for range messages {
		c.say("XADD", c.key, "*", "d", string(content[:size]))
	}
	c.each <- messages
	return c.flush()
}

func (c *redisConn) acked() error {
	for range <-c.each {
		v, err := c.reply()
		if err == nil && v.kind != '$' {
			err = fmt.Errorf("an append is answered with %c", v.kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *redisConn) follow(after bool) error {
	c.last = "0-0"
	if !after {
		if err := c.ask("XREVRANGE", c.key, "+", "-", "COUNT", "1"); err != nil {
			return err
		}
		n, err := c.list()
		for i := 0; err == nil && i < n; i++ {
			err = c.message()
		}
		if err != nil {
			return err
		}
	}
	return c.wait()
}

// wait asks for what comes after the last message.
func (c *redisConn) wait() error {
	return c.ask("XREAD", "COUNT", "1000", "BLOCK", "0", "STREAMS", c.key, c.last)
}

func (c *redisConn) next() (int, error) {
	if err := c.listOf(1); err != nil { // streams
		return 0, err
	}
	if err := c.listOf(2); err != nil {
		return 0, err
	}
	if _, err := c.reply(); err != nil { // its name
		return 0, err
	}
	n, err := c.list()
	if err != nil {
		return 0, err
	}
	for range n {
		if err := c.message(); err != nil {
			return 0, err
		}
	}
	return n, c.wait()
}

func (c *redisConn) close() { c.c.Close() }
