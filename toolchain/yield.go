package main

import (
	"runtime"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// eventsPerYield is small against a time limit and large against the cost of a yield.
const eventsPerYield = 256

// yieldingTracer lets other goroutines run now and then. WebAssembly has one thread
// and Go cannot interrupt it, so without this the timer that ends a test at its time
// limit would wait for the test.
type yieldingTracer struct {
	next   topdown.QueryTracer // may be nil
	events int
}

func (*yieldingTracer) Enabled() bool { return true }

func (tracer *yieldingTracer) TraceEvent(event topdown.Event) {
	if tracer.events++; tracer.events%eventsPerYield == 0 {
		runtime.Gosched()
	}
	if tracer.next != nil {
		tracer.next.TraceEvent(event)
	}
}

func (tracer *yieldingTracer) Config() topdown.TraceConfig {
	if tracer.next != nil {
		return tracer.next.Config()
	}
	return topdown.TraceConfig{}
}
