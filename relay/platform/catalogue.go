package platform

import "time"

// catalogue is the whole of it. Sources of facts, in comments beside them:
//
//	OBS   obs-studio, plugins/rtmp-services/data/services.json at f86e9c1d
//	docs  the platform's own documentation
//	seen  in the code or manuals of other programs
//	heard commonly said, and not verified
//
// A limit that is only heard is left at 0 unless it is the safe side. The
// FindURL and FindKey sentences follow the platforms' pages, which change.
func catalogue() []Platform {
	h264 := []string{"H264"}
	const keyint2 = 2 * time.Second
	return []Platform{
		{
			// Servers: OBS. The backup wants the identical encoding, which one
			// relay gives it. The key is the channel's and is used again.
			ID: "youtube", Name: "YouTube",
			Server:            "rtmps://a.rtmps.youtube.com:443/live2",
			BackupServer:      "rtmps://b.rtmps.youtube.com:443/live2?backup=1",
			PlainServer:       "rtmp://a.rtmp.youtube.com/live2",
			PlainBackupServer: "rtmp://b.rtmp.youtube.com/live2?backup=1",
			FindKey:           youtubeKey,
			Limits:            youtubeLimits(),
			Credential:        Static,
			Social:            true,
		},
		{
			// The backup as a destination of its own, for sending to both at once.
			ID: "youtube-backup", Name: "YouTube backup",
			Server:      "rtmps://b.rtmps.youtube.com:443/live2?backup=1",
			PlainServer: "rtmp://b.rtmp.youtube.com/live2?backup=1",
			FindKey:     youtubeKey,
			Limits:      youtubeLimits(),
			Credential:  Static,
			Social:      true,
		},
		{
			// Server, 6000/320 and keyint: OBS. Regional servers are listed at
			// https://ingest.twitch.tv/ingests; give one as url.
			ID: "twitch", Name: "Twitch",
			Server:     "rtmp://live.twitch.tv/app",
			FindKey:    "Twitch Creator Dashboard (dashboard.twitch.tv), Settings, Stream: Primary Stream key.",
			Limits:     Limits{MaxVideoKbps: 6000, MaxAudioKbps: 320, RecommendedKeyframeInterval: keyint2, Codecs: h264},
			Credential: Static,
			Social:     true,
		},
		{
			// Server, audio and bitrates by size: OBS. Keyframes at most 4 s apart,
			// level 4.2 at most, use within 24 h, 8 h at most, settings fixed within
			// a broadcast: docs (live video API).
			ID: "facebook", Name: "Facebook",
			Server:  "rtmps://rtmp-api.facebook.com:443/rtmp/",
			FindKey: "Facebook Live Producer (facebook.com/live/producer), Streaming software: Stream key.",
			Limits: Limits{MaxVideoKbps: 9000, MaxAudioKbps: 128, MaxKeyframeInterval: 4 * time.Second,
				RecommendedKeyframeInterval: keyint2, Codecs: h264, MaxFrameRate: 60, MaxLevel: "4.2",
				Sizes: []Size{{360, 30, 1000}, {480, 30, 2000}, {720, 30, 4000}, {720, 60, 6000}, {1080, 30, 6000}, {1080, 60, 9000}}},
			Credential:  OneDay,
			MaxDuration: 8 * time.Hour,
			Social:      true,
		},
		{
			// A server of Amazon IVS each: seen. Keyint: OBS's entry for Amazon
			// IVS, which caps no bitrate; 8000 is heard.
			ID: "kick", Name: "Kick",
			NeedsURL:   true,
			FindURL:    "Find it in Kick's Creator Dashboard (dashboard.kick.com), Settings, Stream: Stream URL; add /app if it ends without.",
			FindKey:    "Kick Creator Dashboard (dashboard.kick.com), Settings, Stream: Stream key.",
			Limits:     Limits{RecommendedKeyframeInterval: keyint2, Codecs: h264},
			Credential: Static,
			Social:     true,
		},
		{
			// Keyint: heard. Server and key are for one session: docs. Not every
			// account is given any.
			ID: "tiktok", Name: "TikTok",
			NeedsURL:   true,
			FindURL:    "Find it in TikTok's LIVE Center (or in the app: LIVE, Transfer to PC/Mac) after a live was created: Server URL.",
			FindKey:    "TikTok LIVE Center (or in the app: LIVE, Transfer to PC/Mac) after a live was created: Stream key.",
			Limits:     Limits{RecommendedKeyframeInterval: keyint2, Codecs: h264},
			Credential: PerEvent,
			Social:     true,
		},
		{
			// 2250 to 6000, audio up to 256, 720x1280 at 30, a new key for each
			// broadcast: docs (Live Producer, 2022). Keyint: heard.
			ID: "instagram", Name: "Instagram",
			NeedsURL: true,
			FindURL:  "Find it in Instagram's Live Producer (instagram.com, Create, Live video): Stream URL.",
			FindKey:  "Instagram Live Producer (instagram.com, Create, Live video): Stream key.",
			Limits: Limits{MaxVideoKbps: 6000, MaxAudioKbps: 256, RecommendedKeyframeInterval: keyint2,
				Codecs: h264, Portrait: true},
			Credential: PerEvent,
			Social:     true,
		},
		{
			// Servers by country, such as de.pscp.tv: seen. 12000/128, 60 frames
			// and keyint 3: OBS. A source is used again: docs.
			ID: "x", Name: "X",
			NeedsURL: true,
			FindURL:  "Find it in X's Live Studio (studio.x.com), the source: RTMPS URL.",
			FindKey:  "X Live Studio (studio.x.com), the source: RTMP stream key.",
			Limits: Limits{MaxVideoKbps: 12000, MaxAudioKbps: 128, RecommendedKeyframeInterval: 3 * time.Second,
				Codecs: h264, MaxFrameRate: 60},
			Credential: Static,
			Social:     true,
		},
		{
			// About 3500/128 at 30 frames for an event: seen (manual of a captioner).
			ID: "linkedin", Name: "LinkedIn",
			NeedsURL: true,
			FindURL:  "Find it on LinkedIn's page of the live event, Custom stream (RTMP), shortly before it begins: Stream URL.",
			FindKey:  "LinkedIn's page of the live event, Custom stream (RTMP), shortly before it begins: Stream key.",
			Limits: Limits{MaxVideoKbps: 3500, MaxAudioKbps: 128, RecommendedKeyframeInterval: keyint2,
				Codecs: h264, MaxFrameRate: 30},
			Credential: PerEvent,
			Social:     true,
		},
		{
			// All: OBS.
			ID: "trovo", Name: "Trovo",
			Server:     "rtmp://livepush.trovo.live/live/",
			FindKey:    "Trovo Creator Studio (studio.trovo.live), My stream: Stream key.",
			Limits:     Limits{MaxVideoKbps: 9000, MaxAudioKbps: 160, RecommendedKeyframeInterval: keyint2, Codecs: h264},
			Credential: Static,
			Social:     true,
		},
		{
			// Bitrates by size: docs (Direct RTMP). Keyint: heard. The key lasts with
			// Direct RTMP only.
			ID: "rumble", Name: "Rumble",
			NeedsURL: true,
			FindURL:  "Find it in Rumble's live stream set-up (rumble.com, Go live, Streaming software): Server URL.",
			FindKey:  "Rumble's live stream set-up (rumble.com, Go live, Streaming software): Stream key.",
			Limits: Limits{MaxVideoKbps: 30000, RecommendedKeyframeInterval: keyint2, Codecs: h264, MaxFrameRate: 60,
				Sizes: []Size{{720, 30, 4000}, {720, 60, 6000}, {1080, 30, 8000}, {1080, 60, 10000}}},
			Credential: Static,
			Social:     true,
		},
		{
			ID: "custom", Name: "Custom server",
			NeedsURL: true,
			FindURL:  "It is what the server's documentation gives as the RTMP URL, without the stream key.",
			FindKey:  "The server's documentation or owner.",
		},
	}
}

const youtubeKey = "YouTube Studio (studio.youtube.com), Create, Go live, Stream: Stream key."

// youtubeLimits: 51000/160, codecs and keyint: OBS. Keyframes at most 4 s
// apart: heard, and the safe side.
func youtubeLimits() Limits {
	return Limits{
		MaxVideoKbps: 51000, MaxAudioKbps: 160,
		MaxKeyframeInterval: 4 * time.Second, RecommendedKeyframeInterval: 2 * time.Second,
		Codecs: []string{"H264", "HEVC", "AV1"},
	}
}
