//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// natsServer is NATS JetStream with a sync of each write before its answer, as
// durable as the relay. It is driven by its own protocol over plain TCP, without
// the WebSocket that the relay speaks: an advantage for it.
type natsServer struct {
	program string
	one     bool // one stream for all channels, in place of one for each
	port    string
	streams int
}

func (n *natsServer) name() string {
	if n.one {
		return "NATS, one stream"
	}
	return "NATS"
}

func (n *natsServer) start(dir string) (*exec.Cmd, error) {
	var err error
	if n.port, err = freePort(); err != nil {
		return nil, err
	}
	n.streams = 0
	file := filepath.Join(dir, "nats.conf")
	conf := fmt.Sprintf("listen: 127.0.0.1:%s\nmax_connections: 64000\njetstream { store_dir: %q, sync_interval: always }\nmax_pending: 256MB\n", n.port, dir)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(n.program, "-c", file)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := answers("127.0.0.1:" + n.port); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return nil, err
	}
	return cmd, nil
}

// maxStreams is how many channels have a stream of their own. The loads that
// only connect have more channels than that, and append nothing.
const maxStreams = 64

func (n *natsServer) prepare(channels int) error {
	c, err := n.connect(0)
	if err != nil {
		return err
	}
	defer c.close()
	if n.one {
		n.streams = 1
		return c.api("STREAM.CREATE.all", map[string]any{"name": "all", "subjects": []string{"ch.>"}, "storage": "file"})
	}
	for n.streams < min(channels, maxStreams) {
		name := "s" + strconv.Itoa(n.streams)
		if err := c.api("STREAM.CREATE."+name, map[string]any{"name": name, "subjects": []string{"ch." + strconv.Itoa(n.streams)}, "storage": "file"}); err != nil {
			return err
		}
		n.streams++
	}
	return nil
}

func (n *natsServer) dial(channel int) (client, error) {
	c, err := n.connect(channel)
	if err != nil {
		return nil, err
	}
	return c, nil
}

type natsConn struct {
	n       *natsServer
	channel int
	c       net.Conn
	r       *bufio.Reader
	buf     []byte
	each    chan int // messages of the requests that are not answered
}

func (n *natsServer) connect(channel int) (*natsConn, error) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+n.port)
	if err != nil {
		return nil, err
	}
	c := &natsConn{n: n, channel: channel, c: conn, r: bufio.NewReaderSize(conn, clientBuffer), each: make(chan int, 1024)}
	if _, err := c.r.ReadSlice('\n'); err != nil { // INFO
		return nil, err
	}
	// Answers to what is published come to an inbox of this connection.
	if err := c.write(fmt.Sprintf("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB %s 1\r\nPING\r\n", c.inbox())); err != nil {
		return nil, err
	}
	return c, c.pong()
}

// pong waits until everything before a ping was done.
func (c *natsConn) pong() error {
	line, err := c.line()
	if err == nil && !bytes.Equal(line, []byte("PONG")) {
		err = fmt.Errorf("a ping is answered with %.100q", line)
	}
	return err
}

func (c *natsConn) inbox() string {
	return "_INBOX." + strings.NewReplacer(".", "-", ":", "-").Replace(c.c.LocalAddr().String())
}

func (c *natsConn) write(s string) error {
	_, err := c.c.Write([]byte(s))
	return err
}

// line returns the next line of the protocol, and answers pings.
func (c *natsConn) line() ([]byte, error) {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		switch line = bytes.TrimRight(line, "\r\n"); {
		case bytes.Equal(line, []byte("PING")):
			if err := c.write("PONG\r\n"); err != nil {
				return nil, err
			}
		case bytes.HasPrefix(line, []byte("-ERR")):
			return nil, errors.New(string(line))
		case bytes.HasPrefix(line, []byte("INFO")):
		default:
			return line, nil
		}
	}
}

// message returns the next message, which is good until the one after it.
func (c *natsConn) message() ([]byte, error) {
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	f := bytes.Fields(line)
	if len(f) < 4 || string(f[0]) != "MSG" {
		return nil, fmt.Errorf("no message: %.100q", line)
	}
	n, err := strconv.Atoi(string(f[len(f)-1]))
	if err != nil || n < 0 || n > 1<<20 {
		return nil, fmt.Errorf("a message of %q", f[len(f)-1])
	}
	if cap(c.buf) < n+2 {
		c.buf = make([]byte, n+2)
	}
	b := c.buf[:n+2]
	for got := 0; got < len(b); {
		m, err := c.r.Read(b[got:])
		if err != nil {
			return nil, err
		}
		got += m
	}
	return b[:n], nil
}

func (c *natsConn) api(verb string, what any) error {
	b, err := json.Marshal(what)
	if err != nil {
		return err
	}
	if err := c.write(fmt.Sprintf("PUB $JS.API.%s %s %d\r\n%s\r\n", verb, c.inbox(), len(b), b)); err != nil {
		return err
	}
	return c.good()
}

// good reads an answer of JetStream.
func (c *natsConn) good() error {
	b, err := c.message()
	if err != nil {
		return err
	}
	if bytes.Contains(b, []byte(`"error"`)) {
		return fmt.Errorf("%.200s", b)
	}
	return nil
}

func (c *natsConn) subject() string { return "ch." + strconv.Itoa(c.channel) }

func (c *natsConn) send(messages, size int) error {
	head := fmt.Sprintf("PUB %s %s %d\r\n", c.subject(), c.inbox(), size)
	b := make([]byte, 0, messages*(len(head)+size+2))
	for range messages {
		b = append(b, head...)
		b = append(append(b, content[:size]...), '\r', '\n')
	}
	c.each <- messages
	_, err := c.c.Write(b)
	return err
}

func (c *natsConn) acked() error {
	for range <-c.each {
		if err := c.good(); err != nil {
			return err
		}
	}
	return nil
}

// follow subscribes: to what comes, which is not held back until it is durable,
// or to all that the stream has.
func (c *natsConn) follow(after bool) error {
	if !after {
		if err := c.write("SUB " + c.subject() + " 2\r\nPING\r\n"); err != nil {
			return err
		}
		return c.pong()
	}
	stream := "s" + strconv.Itoa(c.channel)
	if c.n.one {
		stream = "all"
	}
	to := c.inbox() + ".all"
	if err := c.write("SUB " + to + " 2\r\n"); err != nil {
		return err
	}
	b, err := json.Marshal(map[string]any{"stream_name": stream, "config": map[string]any{"deliver_subject": to, "ack_policy": "none", "deliver_policy": "all", "replay_policy": "instant", "filter_subject": c.subject(), "mem_storage": true, "num_replicas": 1}})
	if err != nil {
		return err
	}
	// The answer may come after messages: next counts it out.
	return c.write(fmt.Sprintf("PUB $JS.API.CONSUMER.CREATE.%s %s %d\r\n%s\r\n", stream, c.inbox(), len(b), b))
}

func (c *natsConn) next() (int, error) {
	for {
		b, err := c.message()
		switch {
		case err != nil:
			return 0, err
		case bytes.Contains(b, []byte(`"error"`)):
			return 0, fmt.Errorf("%.200s", b)
		case len(b) == size && bytes.Equal(b, content):
			return 1, nil
		}
	}
}

func (c *natsConn) close() { c.c.Close() }
