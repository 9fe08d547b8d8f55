// Package jetstream keeps the jobs of a queue on disk, in a NATS server with
// JetStream that runs inside the process: no port is opened.
//
// Every job is one message of one stream, under a subject of its own; a newer one
// takes the place of the older. Each write is synced to the disk before it is
// acknowledged (JetStream's sync_interval: always), so what Save has returned for
// outlives the process and the machine's power.
//
// A directory belongs to one process at a time; the caller sees to that.
package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/routedrill/routedrill/router/queue"
)

const (
	stream  = "jobs"
	subject = "jobs."
	// maxJob is the longest job as JSON, in which a request is a third longer. Above 32
	// MiB JetStream's file store takes no message.
	maxJob = 30 << 20
	// maxStore is far above what a queue keeps, which bounds itself.
	maxStore = 4 << 40
	// startTimeout bounds the server's start, which reads what is on the disk, and
	// each request to it that the caller's context does not bound.
	startTimeout   = time.Minute
	requestTimeout = 30 * time.Second
)

// Store is a [queue.Store] in a directory. Make it with [Open].
type Store struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	jobs   jetstream.Stream
}

// Open opens the store in a directory, which is made if it is not there. It is to be
// closed.
func Open(dir string) (*Store, error) {
	ns, err := server.NewServer(&server.Options{
		ServerName: "routedrill", DontListen: true, NoLog: true, NoSigs: true, MaxPayload: maxJob,
	})
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	s := &Store{server: ns}
	ns.Start()
	if err := s.connect(dir); err != nil {
		_ = s.Close() // what went wrong before says more
		return nil, fmt.Errorf("jetstream: %s: %w", dir, err)
	}
	return s, nil
}

func (s *Store) connect(dir string) (err error) {
	if !s.server.ReadyForConnections(startTimeout) {
		return errors.New("the store did not start")
	}
	if err := s.server.EnableJetStream(&server.JetStreamConfig{StoreDir: dir, SyncAlways: true, SyncInterval: time.Minute, MaxMemory: 1, MaxStore: maxStore}); err != nil {
		return err
	}
	if s.conn, err = nats.Connect("", nats.InProcessServer(s.server)); err != nil {
		return err
	}
	if s.js, err = jetstream.New(s.conn); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	s.jobs, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: stream, Subjects: []string{subject + ">"}, Storage: jetstream.FileStorage, MaxMsgsPerSubject: 1, AllowDirect: true,
	})
	return err
}

// Save implements [queue.Store].
func (s *Store) Save(ctx context.Context, j *queue.Job) error {
	data, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, err := s.js.Publish(ctx, subject+j.ID, data); err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	return nil
}

// Delete implements [queue.Store].
func (s *Store) Delete(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := s.jobs.Purge(ctx, jetstream.WithPurgeSubject(subject+id)); err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	return nil
}

// Each implements [queue.Store].
func (s *Store) Each(ctx context.Context, f func(*queue.Job) error) error {
	for seq := uint64(1); ; seq++ {
		m, err := s.jobs.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject+">")) // the next one from seq on
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("jetstream: %w", err)
		}
		seq = m.Sequence
		var j queue.Job
		if err := json.Unmarshal(m.Data, &j); err != nil {
			return fmt.Errorf("jetstream: message %d is no job: %w", seq, err)
		}
		if err := f(&j); err != nil {
			return err
		}
	}
}

// Close implements [queue.Store].
func (s *Store) Close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	s.server.Shutdown()
	s.server.WaitForShutdown()
	return nil
}
