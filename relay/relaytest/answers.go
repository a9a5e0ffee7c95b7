package relaytest

import (
	"encoding/binary"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// window is what servers of Flash's time announce, in bytes.
const window = 2_500_000

// info is the information object of answers (RTMP section 7.2.2).
type info struct {
	Level       string `amf0:"level"`
	Code        string `amf0:"code"`
	Description string `amf0:"description"`
}

type properties struct {
	FMSVer       string `amf0:"fmsVer"`
	Capabilities int    `amf0:"capabilities"`
}

// command makes a command message. Its values are this package's own, and such
// as the codec takes.
func command(streamID uint32, name string, txn int64, values ...any) rtmp.Message {
	m, err := rtmp.NewCommand(streamID, name, txn, values...)
	if err != nil {
		panic("relaytest: " + name + ": " + err.Error())
	}
	return m
}

func connected(txn int64, q Quirks) rtmp.Message {
	if q.NullInfo {
		return command(0, "_result", txn, nil, nil)
	}
	return command(0, "_result", txn, properties{"FMS/3,5,7,7009", 31},
		info{"status", "NetConnection.Connect.Success", "connected"})
}

// status makes onStatus.
func status(streamID uint32, q Quirks, level, code, description string) rtmp.Message {
	if q.StatusOnStreamZero {
		streamID = 0
	}
	if q.BareStatus {
		return command(streamID, "onStatus", 0, info{level, code, description})
	}
	return command(streamID, "onStatus", 0, nil, info{level, code, description})
}

// Protocol control (RTMP section 5.4) and user control (6.2, 7.1.7).

func windowSize() rtmp.Message { return control(rtmp.TypeWindowAckSize, window) }

func ack(n uint32) rtmp.Message { return control(rtmp.TypeAck, n) }

func chunkSize(q Quirks) rtmp.Message {
	size := q.ChunkSize
	if size == 0 {
		size = 4096
	}
	return control(rtmp.TypeSetChunkSize, size)
}

func peerBandwidth() rtmp.Message {
	m := control(rtmp.TypeSetPeerBandwidth, window)
	m.Body = append(m.Body, 2) // dynamic
	return m
}

func streamBegin(id uint32) rtmp.Message { return userControl(0, id) }

func pingRequest(time uint32) rtmp.Message { return userControl(6, time) }

func control(typ uint8, v uint32) rtmp.Message {
	return rtmp.Message{Type: typ, Body: binary.BigEndian.AppendUint32(nil, v)}
}

func userControl(event uint16, v uint32) rtmp.Message {
	body := binary.BigEndian.AppendUint16(nil, event)
	return rtmp.Message{Type: rtmp.TypeUserControl, Body: binary.BigEndian.AppendUint32(body, v)}
}
