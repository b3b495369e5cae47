package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// version is the first part of a sealed value, so that another way of sealing can come later.
const version = "v1"

// checkPlain is what a check value holds; only that it opens matters.
const checkPlain = "skyferry secret key check"

// Box seals secrets for the database by AES-256-GCM. It is safe for concurrent use.
type Box struct {
	id   string // of the key; stands in each sealed value
	path string // of the key file, for error sentences
	aead cipher.AEAD
}

func newBox(path, id string, key []byte) (*Box, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret key file %s: %w", path, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("secret key file %s: %w", path, err)
	}
	return &Box{id: id, path: path, aead: aead}, nil
}

// KeyID names the key without telling it.
func (b *Box) KeyID() string { return b.id }

// Seal encrypts a secret for one cell of the database, and nowhere else does the value open: a copy in another row, column
// or table is refused. The result is text: version, key id and base64, joined by colons.
func (b *Box) Seal(table, column, row string, plain []byte) (string, error) {
	if table == "" || column == "" || row == "" {
		return "", errors.New("seal a secret: table, column and row are needed")
	}
	sealed := b.aead.Seal(nil, nil, plain, b.bound(table, column, row)) //nolint:gosec // this cipher makes its own random nonce
	return strings.Join([]string{version, b.id, base64.RawStdEncoding.EncodeToString(sealed)}, ":"), nil
}

// Unseal gives the secret back. It fails when the value was sealed with another key or for another cell, or was changed.
func (b *Box) Unseal(table, column, row, sealed string) ([]byte, error) {
	data, err := b.parse(sealed)
	if err != nil {
		return nil, fmt.Errorf("open the secret of %s.%s, row %s: %w", table, column, row, err)
	}
	plain, err := b.aead.Open(nil, nil, data, b.bound(table, column, row))
	if err != nil {
		return nil, fmt.Errorf("open the secret of %s.%s, row %s: it was changed, or it belongs to another place; enter the secret again", table, column, row)
	}
	return plain, nil
}

func (b *Box) parse(sealed string) ([]byte, error) {
	parts := strings.Split(sealed, ":")
	if len(parts) != 3 || parts[0] != version {
		return nil, errors.New("it is no sealed value of this program")
	}
	if parts[1] != b.id {
		return nil, fmt.Errorf("it was sealed with key %.16q, but the key in %s is %s; put the right key file there", parts[1], b.path, b.id)
	}
	data, err := base64.RawStdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, errors.New("it is damaged; enter the secret again")
	}
	return data, nil
}

// bound is the additional data. Each part is preceded by its length, so that no two cells give the same bytes.
func (b *Box) bound(table, column, row string) []byte {
	var out []byte
	for _, part := range []string{version, b.id, table, column, row} {
		out = fmt.Appendf(out, "%d:%s", len(part), part)
	}
	return out
}

// Check gives a value to store beside the sealed secrets; Verify tells by it, before any secret is used, whether the key
// file belongs to the database.
func (b *Box) Check() string {
	sealed, err := b.Seal("check", "check", "check", []byte(checkPlain))
	if err != nil {
		panic(err) // the three names above are not empty
	}
	return sealed
}

// Verify refuses a check value of another key with a sentence that says what to do.
func (b *Box) Verify(sealed string) error {
	if plain, err := b.Unseal("check", "check", "check", sealed); err == nil && string(plain) == checkPlain {
		return nil
	}
	return fmt.Errorf("the secret key in %s is not the one that this database was made with; put the original key file back, or name it by SKYFERRY_SECRET_KEY_FILE", b.path)
}
