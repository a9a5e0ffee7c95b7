package chat

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics have streams of the configuration and fixed words as labels. Nothing in
// them is about a person.
type metrics struct {
	messages *prometheus.CounterVec
	refused  *prometheus.CounterVec
	readers  *prometheus.GaugeVec
	cut      *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_chat_messages_total", Help: "Messages that were shown."}, []string{"stream"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_chat_refused_total", Help: "Messages that were not taken, by why."}, []string{"stream", "reason"}),
		readers:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hawker_chat_readers", Help: "Pages that follow the chat."}, []string{"stream"}),
		cut:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_chat_cut_total", Help: "Pages that were cut because they did not keep up."}, []string{"stream"}),
	}
	if reg == nil {
		return m, nil
	}
	return m, errors.Join(reg.Register(m.messages), reg.Register(m.refused), reg.Register(m.readers), reg.Register(m.cut))
}

// begin makes a stream's series, so that they are there before anything happens.
func (m *metrics) begin(stream string) {
	m.messages.WithLabelValues(stream)
	m.readers.WithLabelValues(stream)
	m.cut.WithLabelValues(stream)
	for _, r := range reasons {
		m.refused.WithLabelValues(stream, string(r))
	}
}

// end deletes them.
func (m *metrics) end(stream string) {
	labels := prometheus.Labels{"stream": stream}
	for _, v := range []interface{ DeletePartialMatch(prometheus.Labels) int }{m.messages, m.refused, m.readers, m.cut} {
		v.DeletePartialMatch(labels)
	}
}
