// New IDs, one per line: go run examples/id.go URL [COUNT]
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

var client = http.Client{Timeout: 5 * time.Second}

// ask makes one attempt. If it fails, it may be tried again after wait; never, if wait is 0.
func ask(url string) (ids []uint64, wait time.Duration, err error) {
	response, err := client.Get(url)
	if err != nil { // It refuses the connection, or does not respond in time.
		return nil, time.Second, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		var answer struct{ IDs []uint64 } // Not []any: that would be float64, which rounds.
		err = json.NewDecoder(response.Body).Decode(&answer)
		return answer.IDs, 0, err
	}
	if response.StatusCode == http.StatusServiceUnavailable {
		seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
		if err != nil {
			seconds = 1
		}
		wait = time.Duration(seconds) * time.Second
	}
	problem, _ := io.ReadAll(response.Body)
	return nil, wait, errors.New(string(problem))
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: go run examples/id.go URL [COUNT]")
	}
	count := append(os.Args[2:], "1")[0]
	for attempt := 1; ; attempt++ {
		ids, wait, err := ask(os.Args[1] + "/ids?count=" + count)
		if err == nil {
			for _, id := range ids {
				fmt.Println(id)
			}
			return
		}
		if wait == 0 || wait > 10*time.Second || attempt == 5 {
			log.Fatal(err)
		}
		time.Sleep(wait)
	}
}
