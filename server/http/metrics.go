package http

import (
	nethttp "net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/deltabase/deltabase/server"
)

// Metrics are what a host counts. One may be handed on to the host that comes after.
type Metrics struct {
	registry *prometheus.Registry
	handler  nethttp.Handler // one for all requests: it counts those under way

	requests    *prometheus.CounterVec // by status
	seconds     prometheus.Histogram
	fields      *prometheus.CounterVec // by kind and outcome
	items       prometheus.Counter
	limited     prometheus.Counter
	sockets     prometheus.Gauge
	listening   prometheus.Gauge
	events      prometheus.Counter
	slow        prometheus.Counter
	functions   *prometheus.CounterVec // by result
	publication prometheus.Counter     // failures
}

// NewMetrics makes metrics that begin at zero, those of the process among them.
func NewMetrics() *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "deltabase_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "deltabase_" + name, Help: help})
	}
	vector := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "deltabase_" + name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: vector("requests_total", "GraphQL requests by HTTP status.", "status"),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "deltabase_request_seconds",
			Help: "Time from a request's arrival to its answer.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 15)}),
		fields:      vector("root_fields_total", "Root fields of requests by kind (get, list, sync, create, ...) and outcome.", "kind", "outcome"),
		items:       counter("sync_items_total", "Records answered by sync queries."),
		limited:     counter("rate_limited_total", "Requests refused because they came too soon."),
		sockets:     gauge("sockets", "Open realtime connections."),
		listening:   gauge("subscriptions", "Live subscriptions."),
		events:      counter("events_total", "Messages sent to realtime connections."),
		slow:        counter("slow_consumers_total", "Realtime connections cut because they did not read."),
		functions:   vector("conflict_functions_total", "Calls of conflict functions by result.", "result"),
		publication: counter("publish_failures_total", "Reads of the log that failed while publishing."),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.fields, m.items, m.limited, m.sockets, m.listening, m.events,
		m.slow, m.functions, m.publication, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: MetricsAtOnceMax, Timeout: MetricsWithin})
	return m
}

// Handler answers in Prometheus's text format.
func (m *Metrics) Handler() nethttp.Handler { return m.handler }

func (m *Metrics) answered(answer server.Answer, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(answer.Status)).Inc()
	m.seconds.Observe(took.Seconds())
	for _, t := range answer.Trace {
		outcome := t.Outcome
		if outcome == "" {
			outcome = "answered"
		}
		m.fields.WithLabelValues(t.Kind, outcome).Inc()
		if t.Kind == "sync" {
			m.items.Add(float64(t.Items))
		}
	}
}

func (m *Metrics) decided(err error) {
	result := "answered"
	if err != nil {
		result = "failed"
	}
	m.functions.WithLabelValues(result).Inc()
}
