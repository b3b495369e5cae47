package repository

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// The object identifiers of PKCS #5 and AES (RFC 8018).
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMAC   = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9} // with SHA-256
	oidAES256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// What RFC 8018 and RFC 5958 call these parts of an encrypted key.
type (
	kdfParameters struct {
		Salt       []byte
		Iterations int
		PRF        pkix.AlgorithmIdentifier
	}
	pbesParameters struct{ KDF, Scheme pkix.AlgorithmIdentifier }
	encryptedKey   struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
)

// lock encrypts a key in PKCS #8 by WrongPassphrase.
func (c *certificates) lock(file string) error {
	plain, err := c.readPEM(file)
	if err != nil {
		return err
	}
	der, err := encrypted(plain)
	if err != nil {
		return err
	}
	return c.write(file, "ENCRYPTED PRIVATE KEY", der)
}

func encrypted(plain []byte) ([]byte, error) {
	const iterations = 2048
	salt, iv := make([]byte, 16), make([]byte, aes.BlockSize)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	_, _ = rand.Read(iv)
	key, err := pbkdf2.Key(sha256.New, WrongPassphrase, salt, iterations, 32)
	if err != nil {
		return nil, err
	}
	cipherBlock, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	for range pad {
		plain = append(plain, byte(pad))
	}
	cipher.NewCBCEncrypter(cipherBlock, iv).CryptBlocks(plain, plain)
	kdf, err := algorithm(oidPBKDF2, kdfParameters{salt, iterations, pkix.AlgorithmIdentifier{Algorithm: oidHMAC, Parameters: asn1.NullRawValue}})
	if err != nil {
		return nil, err
	}
	scheme, err := algorithm(oidAES256, iv)
	if err != nil {
		return nil, err
	}
	pbes, err := algorithm(oidPBES2, pbesParameters{kdf, scheme})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedKey{pbes, plain})
}

func algorithm(oid asn1.ObjectIdentifier, parameters any) (pkix.AlgorithmIdentifier, error) {
	der, err := asn1.Marshal(parameters)
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: der}}, err
}
