package cache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/routedrill/routedrill/router/cache"
)

func ExampleCache_Do() {
	c, err := cache.New(cache.Limits{Entries: 1000, MaxBytes: 1 << 20, StaleIfError: time.Hour}, func(s string) int64 { return int64(len(s)) })
	if err != nil {
		panic(err)
	}
	answer := func(context.Context) (string, error) {
		fmt.Println("asking")
		return "Within 14 days.", nil
	}
	key := cache.KeyOf("faq", "tenant-1", "How can I return it?")
	for range 2 {
		found, err := c.Do(context.Background(), key, 24*time.Hour, answer, "faq")
		fmt.Println(found.Value, found.Stale, err)
	}
	fmt.Println(c.RemoveTag("faq"), "removed")
	// Output:
	// asking
	// Within 14 days. false <nil>
	// Within 14 days. false <nil>
	// 1 removed
}
