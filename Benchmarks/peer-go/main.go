// The usual design in Go: net/http, and a generator that a mutex guards.
//
// Build: go build -o peer-go main.go
// Run:   MACHINE_ID=1 PORT=8080 GOMAXPROCS=1 peer-go
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	epochMilliseconds = 1704067200000
	maximumSequence   = 4095
)

var errClockBehind = errors.New("the clock is behind")

type generator struct {
	mutex         sync.Mutex
	machineID     uint64
	lastTimestamp int64
	sequence      uint64
}

func (g *generator) next() (uint64, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	timestamp := time.Now().UnixMilli() - epochMilliseconds
	if timestamp < g.lastTimestamp {
		return 0, errClockBehind
	}
	if timestamp > g.lastTimestamp {
		g.sequence = 0
	} else {
		g.sequence++
		if g.sequence > maximumSequence {
			for timestamp <= g.lastTimestamp {
				timestamp = time.Now().UnixMilli() - epochMilliseconds
			}
			g.sequence = 0
		}
	}
	g.lastTimestamp = timestamp
	return uint64(timestamp)<<22 | g.machineID<<12 | g.sequence, nil
}

func main() {
	machineID, err := strconv.ParseUint(os.Getenv("MACHINE_ID"), 10, 10)
	if err != nil {
		log.Fatal("MACHINE_ID: ", err)
	}
	ids := &generator{machineID: machineID}
	http.HandleFunc("/id", func(w http.ResponseWriter, r *http.Request) {
		id, err := ids.next()
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprintf(w, `{"id": %d, "machine_id": %d}`, id, machineID)
	})
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "ok")
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
