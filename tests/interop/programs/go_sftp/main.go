// A client of github.com/pkg/sftp: puts a tree, changes things, gets the tree back.
//
//	go_sftp PORT USER KEY TREE REMOTE BACK
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "go: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func logIn(port, user, keyFile string) *sftp.Client {
	text, err := os.ReadFile(keyFile)
	check("key", err)
	key, err := ssh.ParsePrivateKey(text)
	check(keyFile, err)
	c, err := ssh.Dial("tcp", "127.0.0.1:"+port, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	check("dial", err)
	s, err := sftp.NewClient(c)
	check("sftp", err)
	return s
}

func copyAll(what string, to io.WriteCloser, from io.Reader) {
	_, err := io.Copy(to, from)
	check(what, err)
	check(what, to.Close())
}

func put(s *sftp.Client, tree, remote string) {
	check("walk", filepath.Walk(tree, func(path string, info os.FileInfo, err error) error {
		check(path, err)
		rest, _ := filepath.Rel(tree, path)
		to := filepath.Join(remote, rest)
		if info.IsDir() {
			return s.MkdirAll(to)
		}
		from, err := os.Open(path)
		check(path, err)
		file, err := s.Create(to)
		check(to, err)
		copyAll(to, file, from)
		return s.Chmod(to, info.Mode())
	}))
}

func get(s *sftp.Client, remote, back string) {
	for walker := s.Walk(remote); walker.Step(); {
		check("walk", walker.Err())
		rest, _ := filepath.Rel(remote, walker.Path())
		to := filepath.Join(back, rest)
		if walker.Stat().IsDir() {
			check(to, os.MkdirAll(to, 0o755))
			continue
		}
		from, err := s.Open(walker.Path())
		check(walker.Path(), err)
		file, err := os.Create(to)
		check(to, err)
		copyAll(to, file, from)
	}
}

func change(s *sftp.Client, remote string) {
	check("symlink", s.Symlink("plain", remote+"/sym"))
	target, err := s.ReadLink(remote + "/sym")
	check("readlink", err)
	if target != "plain" {
		check("readlink", fmt.Errorf("%q", target))
	}
	check("rename", s.Rename(remote+"/sym", remote+"/sym2"))
	check("remove", s.Remove(remote+"/sym2"))
	check("truncate", s.Truncate(remote+"/plain", 0))
	_, err = s.StatVFS(remote)
	check("statvfs", err)
	if _, err = s.Stat(remote + "/none"); !os.IsNotExist(err) {
		check("stat", fmt.Errorf("of what is not there: %v", err))
	}
}

func main() {
	a := os.Args
	s := logIn(a[1], a[2], a[3])
	put(s, a[4], a[5])
	change(s, a[5])
	get(s, a[5], a[6])
	check("close", s.Close())
}
