package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/sim/record"
)

// Target is a gateway that runs by itself, in a process of its own, and talks to
// our fakes. What is inside it is not visible: there is no audit, and of its
// attempts only those are known that arrived at a fake.
type Target struct {
	URL    *url.URL      // of its API, with the version, as OpenAI's SDKs take it
	Header http.Header   // sent with every request, over the client's own; nil = none
	Host   string        // that the fakes listen on; "" = 127.0.0.1
	Port   int           // of the first fake; the others get the next ones, in the order of the world
	Wait   time.Duration // how long it may take until it accepts connections; 0 = it is asked once

	// Start starts it, for one cell, once the fakes listen, and what it returns ends
	// it again. Nil = it runs already, and keeps what it learned from cell to cell.
	Start func(ctx context.Context) (stop func(), err error)
}

// dialTime bounds one look at whether a target accepts connections.
const dialTime = 2 * time.Second

// outside runs the cell against its target: the fakes listen on their ports, the
// load goes to the target.
func (c *cell) outside(parent context.Context) (record.Cell, error) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	t := c.target
	// The fakes are there first: a gateway may look for them when it starts.
	holder := &fakes{scenario: c.scenario, seed: c.seed, origin: time.Now(), gap: standaloneGap}
	ports, err := t.listen(holder)
	defer func() { shutdown(ports) }()
	if err != nil {
		return record.Cell{}, err
	}
	if t.Start != nil {
		stop, err := t.Start(ctx)
		if err != nil {
			return record.Cell{}, err
		}
		defer stop()
	}
	if err := t.accepts(ctx, c); err != nil {
		return record.Cell{}, err
	}

	origin := time.Now().Add(lead)
	col := newCollector(c.names, origin, len(c.plan.Arrivals), c.progress)
	who := newIdentities(c.plan, c.scenario.World.Tasks, origin)
	events, err := compile(c.scenario)
	if err != nil {
		return record.Cell{}, err
	}
	set := c.fakes(events, origin)
	set.gap, set.identify = standaloneGap, who.identify
	list, err := set.build(col.entry)
	if err != nil {
		return record.Cell{}, err
	}
	for i, port := range ports {
		port.Swap(list[i])
	}
	downstream := transport()
	defer downstream.CloseIdleConnections()
	cl := c.client(ctx, origin, col, downstream, t.URL)
	cl.Header = t.Header
	cl.Provider = func(string) int16 { return record.None } // a header proves nothing: the journal does
	cl.Model = c.names.model
	cl.Done = func(r record.Request) {
		who.end(r.Seq)
		col.request(r)
	}
	c.attackUntil(ctx, cancel, cl)
	shutdown(ports)
	ports = nil
	c.remark(col, who)
	return c.result(col)
}

// listen opens a port for every provider of the world. What answers there until
// the run begins has no timeline.
func (t *Target) listen(set *fakes) (ports []*fakeproviders.Port, err error) {
	list, err := set.build(func(string) func(*fakeproviders.Entry) { return nil })
	if err != nil {
		return nil, err
	}
	host := t.Host
	if host == "" {
		host = "127.0.0.1"
	}
	for i, p := range list {
		port, err := p.Listen(net.JoinHostPort(host, strconv.Itoa(t.Port+i)))
		if err != nil {
			return ports, invalid("the fakes of a target need ports %d to %d: %w; is another run or `routedrill fake` still there?",
				t.Port, t.Port+len(list)-1, err)
		}
		ports = append(ports, port)
	}
	return ports, nil
}

// Address is host and port of the target.
func (t *Target) Address() string {
	port := t.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[t.URL.Scheme]
	}
	return net.JoinHostPort(t.URL.Hostname(), port)
}

// accepts waits until the target accepts connections.
func (t *Target) accepts(ctx context.Context, c *cell) error {
	until := time.Now().Add(t.Wait)
	for {
		dial := net.Dialer{Timeout: dialTime}
		conn, err := dial.DialContext(ctx, "tcp", t.Address())
		if err == nil {
			return conn.Close()
		}
		if c.stop != nil && c.stop.Load() || ctx.Err() != nil {
			return errors.New("sim: interrupted while waiting for the target")
		}
		if !time.Now().Before(until) {
			return invalid("the target %s does not accept connections (%w): start the gateway, with the fakes as its providers", t.URL.Redacted(), err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// remark notes what is odd about a cell.
func (c *cell) remark(col *collector, who *identities) {
	add := func(format string, args ...any) {
		c.remarks = append(c.remarks, fmt.Sprintf("%s, seed %d: ", c.policy.Name, c.seed)+fmt.Sprintf(format, args...))
	}
	if _, texts := who.ways(); texts > 0 {
		add("%d attempts came without the X-Client-Request-Id of their request and were known by their prompts", texts)
	}
	if n := col.foreign.Load(); n > 0 {
		add("%d attempts at the fakes belong to no request of the load, such as a gateway's own probes; they were billed $%.4f, which the costs leave out",
			n, float64(col.bill.Load())/1e6)
	}
}

// shutdown closes the ports, gives attempts in service a moment, and waits until
// those that are broken off have ended, within a bound.
func shutdown(ports []*fakeproviders.Port) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownWait)
	defer cancel()
	for _, port := range ports {
		port.Shutdown(ctx)
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		busy := false
		for _, port := range ports {
			busy = busy || port.InFlight() > 0
		}
		if !busy {
			return
		}
	}
}
