package secret

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	keySize     = 32   // bytes: AES-256
	maxFileSize = 4096 // bytes; a key file has about 70
)

// Open reads the key file, or makes it when create is set and there is none. The file has one line: the key's id and the
// key in base64. Others must not be able to read it. The errors are sentences for the one who starts the program.
func Open(path string, create bool) (*Box, error) {
	box, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return box, err
	}
	if !create {
		return nil, fmt.Errorf("there is no secret key file %s; put the original one there, or name it by SKYFERRY_SECRET_KEY_FILE", path)
	}
	if err := write(path); err != nil {
		return nil, fmt.Errorf("make the secret key file: %w", err)
	}
	return read(path)
}

func read(path string) (*Box, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the secret key file: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := private(file); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize))
	if err != nil {
		return nil, fmt.Errorf("read the secret key file: %w", err)
	}
	id, key, err := parseKey(path, text)
	if err != nil {
		return nil, err
	}
	return newBox(path, id, key)
}

// private refuses a file that anybody but its owner can reach.
func private(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("look at the secret key file: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("the secret key file %s is not a file", file.Name())
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("the secret key file %s can be reached by others (mode %04o); run: chmod 600 %s", file.Name(), info.Mode().Perm(), file.Name())
	}
	return nil
}

func parseKey(path string, text []byte) (id string, key []byte, err error) {
	id, encoded, found := strings.Cut(string(bytes.TrimSpace(text)), " ")
	if !found {
		return "", nil, fmt.Errorf("the secret key file %s does not hold an id and a key; put the original file back", path)
	}
	key, err = base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("the key in %s is not base64; put the original file back", path)
	case len(key) != keySize:
		return "", nil, fmt.Errorf("the key in %s has %d bytes instead of %d; put the original file back", path, len(key), keySize)
	case id != keyID(key):
		return "", nil, fmt.Errorf("the id in %s does not belong to the key; put the original file back", path)
	}
	return id, key, nil
}

// keyID is a fingerprint: eight hex digits of the key's hash tell keys apart and nothing about the key.
func keyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("skyferry key id "), key...))
	return hex.EncodeToString(sum[:4])
}

// write makes the file whole or not at all: a crash in between must not leave a half key, nor a second start another one.
func write(path string) error {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails, by its contract
	temp, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = fmt.Fprintf(temp, "%s %s\n", keyID(key), base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return settle(temp.Name(), path)
}

// settle links, because a rename would replace a key that another process made meanwhile; only a file system without
// links gets the rename. Then it makes the name durable.
func settle(temp, path string) error {
	err := os.Link(temp, path)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		err = os.Rename(temp, path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return dir.Sync()
}
