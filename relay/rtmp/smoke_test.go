package rtmp_test
import ("testing";"context";"net";"os/exec";"time";"log/slog";"os";"fmt"
"github.com/hawker-live/hawker/relay/rtmp";"github.com/hawker-live/hawker/relay/media")
type in struct{ n, b int; kinds map[media.Kind]int }
func (i *in) Write(k media.Kind, ts uint32, body []byte) error { i.n++; i.b+=len(body); i.kinds[k]++; return nil}
func (i *in) Close(g bool) { fmt.Println("closed", g, i.n, i.b, i.kinds) }
func TestSmoke(t *testing.T){
 ln,_ := net.Listen("tcp","127.0.0.1:0")
 s,_ := rtmp.NewServer(rtmp.ServerConfig{Logger: slog.New(slog.NewTextHandler(os.Stdout,&slog.HandlerOptions{Level:slog.LevelDebug})), Publish: func(ctx context.Context, r rtmp.Request, end func(error)) (rtmp.Ingest, error) { fmt.Printf("%+v %s\n", r, r.Key.Reveal()); if r.Key.Reveal()=="bad" {return nil,&rtmp.Refusal{Code: rtmp.CodeDenied, Description:"no such key"}}; return &in{kinds: map[media.Kind]int{}}, nil }})
 ctx,cancel := context.WithCancel(context.Background())
 done := make(chan error); go func(){ done <- s.Serve(ctx, ln)}()
 for _, k := range []string{"good","bad"} {
 out, err := exec.Command("ffmpeg","-v","verbose","-re","-f","lavfi","-i","testsrc2=size=320x240:rate=30","-f","lavfi","-i","sine","-t","2","-c:v","libx264","-c:a","aac","-f","flv","rtmp://"+ln.Addr().String()+"/live/"+k).CombinedOutput()
 fmt.Println(string(out[max(0,len(out)-1500):]), err)
 }
 time.Sleep(100*time.Millisecond)
 cancel(); fmt.Println(<-done)
}
