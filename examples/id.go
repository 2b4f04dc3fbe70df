// One new ID: go run examples/id.go URL
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	response, err := http.Get(os.Args[1] + "/id")
	if err != nil {
		log.Fatal(err)
	}
	var answer struct{ ID uint64 } // Not interface{}: that would be a float64, and round.
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.ID == 0 {
		log.Fatalln(response.Status, err)
	}
	fmt.Println(answer.ID)
}
