package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// load is what a closed loop of writers or readers saw.
type load struct {
	requests  int
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the server, a request
}

// client keeps a connection per worker open.
func client(workers int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers, DisableCompression: true}}
}

// drive lets workers send requests one after the other for some seconds.
func drive(workers, seconds int, send func(worker, n int) error) (load, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	began := time.Now()
	end := began.Add(time.Duration(seconds) * time.Second)
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			var mine []time.Duration
			for n := 0; time.Now().Before(end); n++ {
				sent := time.Now()
				if err := send(w, n); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(sent))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	working.Wait()
	if failed != nil || len(took) == 0 {
		return load{}, fmt.Errorf("%d requests, %w", len(took), failed)
	}
	slices.Sort(took)
	return load{requests: len(took), perSecond: float64(len(took)) / time.Since(began).Seconds(),
		p50: took[len(took)/2], p99: took[len(took)*99/100]}, nil
}

// post sends a body and checks that the answer says what was asked for.
func post(c *http.Client, url string, body []byte, says string) error {
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-api-key", apiKey)
	answer, err := c.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != 200 || !bytes.Contains(text, []byte(says))) {
		err = fmt.Errorf("%s answered %d %s", url, answer.StatusCode, text[:min(len(text), 300)])
	}
	return err
}

func graphQL(document string, variables any) []byte {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		panic(err) // of our own values
	}
	return body
}

// median of the rounds, by throughput.
func median(rounds []load) load {
	slices.SortFunc(rounds, func(a, b load) int {
		if a.perSecond < b.perSecond {
			return -1
		}
		return 1
	})
	return rounds[len(rounds)/2]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
