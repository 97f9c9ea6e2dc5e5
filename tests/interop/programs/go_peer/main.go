// Both roles of golang.org/x/crypto/ssh.
//
//	go_peer client PORT USER KEY COMMAND [kind=value...]
//	go_peer server HOSTKEY AUTHORIZED_KEY.pub [kind=value...]
//
// The client runs a command with its stdin as the command's, and ends with its status. The server
// prints its port and gives any command its input back, says "problem" and ends it with status 3.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "go: %s: %v\n", what, err)
		os.Exit(255)
	}
}

// kinds reads kind=value arguments; what is left of them besides the algorithms is returned.
func kinds(args []string) (ssh.Config, map[string]string) {
	config, others := ssh.Config{}, map[string]string{}
	for _, arg := range args {
		kind, value, _ := strings.Cut(arg, "=")
		switch kind {
		case "kex":
			config.KeyExchanges = []string{value}
		case "cipher":
			config.Ciphers = []string{value}
		case "mac":
			config.MACs = []string{value}
		case "rekey":
			limit, err := strconv.ParseUint(value, 10, 64)
			check(arg, err)
			config.RekeyThreshold = limit
		default:
			others[kind] = value
		}
	}
	return config, others
}

func readKey(path string) ssh.Signer {
	text, err := os.ReadFile(path)
	check("key", err)
	key, err := ssh.ParsePrivateKey(text)
	check(path, err)
	return key
}

func client(args []string) {
	algorithms, others := kinds(args[4:])
	config := &ssh.ClientConfig{
		Config:          algorithms,
		User:            args[1],
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(readKey(args[2]))},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	}
	if host := others["host"]; host != "" {
		config.HostKeyAlgorithms = []string{host}
	}
	conn, err := ssh.Dial("tcp", "127.0.0.1:"+args[0], config)
	check("login", err)
	session, err := conn.NewSession()
	check("session", err)
	session.Stdin, session.Stdout, session.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = session.Run(args[3])
	conn.Close()
	var ended *ssh.ExitError
	if errors.As(err, &ended) {
		os.Exit(ended.ExitStatus())
	}
	check("command", err)
}

func giveBack(channel ssh.Channel) {
	_, err := io.Copy(channel, channel)
	check("copy", err)
	fmt.Fprintln(channel.Stderr(), "problem")
	_, err = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{3}))
	check("status", err)
	channel.Close()
}

func serve(config *ssh.ServerConfig, conn net.Conn) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	check("login", err)
	go ssh.DiscardRequests(requests)
	for request := range channels {
		channel, wishes, err := request.Accept()
		check("channel", err)
		for wish := range wishes {
			wish.Reply(wish.Type == "exec", nil)
			if wish.Type == "exec" {
				go giveBack(channel)
			}
		}
	}
}

func server(args []string) {
	text, err := os.ReadFile(args[1])
	check("authorized key", err)
	authorized, _, _, _, err := ssh.ParseAuthorizedKey(text)
	check("authorized key", err)
	algorithms, _ := kinds(args[2:])
	config := &ssh.ServerConfig{
		Config: algorithms,
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if bytes.Equal(key.Marshal(), authorized.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("another key")
		},
	}
	config.AddHostKey(readKey(args[0]))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check("listen", err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	conn, err := listener.Accept()
	check("accept", err)
	serve(config, conn)
}

func main() {
	if len(os.Args) > 5 && os.Args[1] == "client" {
		client(os.Args[2:])
	} else if len(os.Args) > 3 && os.Args[1] == "server" {
		server(os.Args[2:])
	} else {
		os.Exit(255)
	}
}
