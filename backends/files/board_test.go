package files

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// With room for nothing, every worker but the head's waits all the time.
func TestTheBoardNeverDeadLocks(t *testing.T) {
	for _, room := range []struct{ waiting, started int }{{0, 1}, {0, 3}, {200, 2}, {1 << 20, 1000}} {
		const files, workers = 200, 8
		b := newBoard[int](context.Background(), files)
		b.maxWaiting, b.maxStarted = room.waiting, room.started
		var running sync.WaitGroup
		for range workers {
			running.Go(func() {
				for task := b.start(); task != nil; task = b.start() {
					for k := range rand.IntN(5) {
						b.put(task, []int{task.file*10 + k}, 100)
					}
					b.finish(task, &Stats{Events: 1})
				}
			})
		}
		done := make(chan bool)
		go func() {
			defer close(done)
			last := -1
			total := Stats{Sources: map[string]int64{}, Counts: map[ProblemKind]int64{}}
			err := b.drain(func(v int) error {
				if v <= last {
					t.Errorf("%d comes after %d", v, last)
				}
				last = v
				return nil
			}, &total)
			if err != nil || total.Events != files {
				t.Errorf("error %v, %d files", err, total.Events)
			}
		}()
		select {
		case <-done:
			running.Wait()
		case <-time.After(30 * time.Second):
			t.Fatalf("all wait with %+v", room)
		}
	}
}

func TestAStoppedBoardLetsEveryoneGo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	b := newBoard[int](ctx, 10)
	b.maxWaiting = 0
	first, second := b.start(), b.start()
	ended := make(chan bool, 2)
	go func() { ended <- b.put(second, []int{1}, 1) }() // waits for first to end
	go func() {
		total := Stats{}
		ended <- b.drain(func(int) error { return nil }, &total) != nil // waits for first's results
	}()
	time.Sleep(10 * time.Millisecond)
	cancel()
	for range 2 {
		select {
		case ok := <-ended:
			if ok {
				t.Error("a stopped board went on")
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a stopped board holds someone")
		}
	}
	if b.put(first, []int{1}, 1) || b.start() != nil {
		t.Error("a stopped board takes more")
	}
}
