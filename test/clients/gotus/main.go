// Command gotus uploads a file by github.com/eventials/go-tus as a program would that uses that client: when a part fails
// it asks for the offset and goes on, and after 429 it first waits. It prints the address of the upload.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/eventials/go-tus"
	"github.com/eventials/go-tus/memorystore"
)

// tries bounds how often the upload is taken up.
const tries = 10

func main() {
	endpoint := flag.String("endpoint", "", "where uploads are made")
	file := flag.String("file", "", "what is uploaded")
	flag.Parse()
	address, resumed, err := upload(*endpoint, *file, os.Getenv("TENANT_TOKEN"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotus:", err)
		os.Exit(1)
	}
	fmt.Printf("%s %d\n", address, resumed)
}

// upload gives the address of the upload, and how often it was taken up again.
func upload(endpoint, file, token string) (address string, resumed int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	what, err := tus.NewUploadFromFile(f)
	if err != nil {
		return "", 0, err
	}
	client, err := newClient(endpoint, token)
	if err != nil {
		return "", 0, err
	}
	for ; resumed < tries; resumed++ {
		var uploader *tus.Uploader
		if uploader, err = client.CreateOrResumeUpload(what); err == nil {
			address = uploader.Url()
			if err = uploader.Upload(); err == nil {
				return address, resumed, nil
			}
		}
		wait(err)
	}
	return "", resumed, err
}

func newClient(endpoint, token string) (*tus.Client, error) {
	store, err := memorystore.NewMemoryStore()
	if err != nil {
		return nil, err
	}
	return tus.NewClient(endpoint, &tus.Config{
		ChunkSize: 16 << 20, Resume: true, Store: store, Header: http.Header{"Authorization": {"Bearer " + token}},
	})
}

// wait lets the tenant get over what was wrong. This client does not hand out Retry-After; the test asks for one second.
func wait(err error) {
	if refusal, ok := errors.AsType[tus.ClientError](err); ok && refusal.Code == http.StatusTooManyRequests {
		time.Sleep(time.Second)
		return
	}
	time.Sleep(100 * time.Millisecond)
}
