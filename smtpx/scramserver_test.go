package smtpx

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"strings"
)

// scramServer is SCRAM's other side (RFC 5802), with the faults of a server that means no good.
type scramServer struct {
	user, password string
	iterations     int    // 0: 4096
	fault          string // "no proof", "wrong proof", "proof first", "nonce"
}

// ask sends a challenge and returns the answer.
func (c *conversation) ask(challenge string) (string, bool) {
	if _, err := io.WriteString(c.conn, "334 "+base64.StdEncoding.EncodeToString([]byte(challenge))+"\r\n"); err != nil {
		return "", false
	}
	line, err := c.line()
	answer, bad := base64.StdEncoding.DecodeString(line)
	return string(answer), err == nil && bad == nil
}

func (s scramServer) auth(c *conversation, line string) bool {
	var mechanism string
	_, _ = fmt.Sscanf(line, "AUTH %s", &mechanism)
	h := sha256.New
	if strings.HasPrefix(mechanism, "SCRAM-SHA-1") {
		h = sha1.New
	}
	mac := func(key []byte, text string) []byte {
		m := hmac.New(h, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	if s.fault == "proof first" { // what anybody can compute who knows nothing
		_, ok := c.ask("v=" + base64.StdEncoding.EncodeToString(mac(mac(nil, "Server Key"), "")))
		return ok
	}
	first, ok := c.ask("")
	binding, bare, found := strings.Cut(first, ",,")
	if !ok || !found || !strings.HasPrefix(bare, "n="+s.user+",r=") {
		return false
	}
	nonce := strings.TrimPrefix(bare, "n="+s.user+",r=") + "more"
	if s.fault == "nonce" {
		nonce = "another"
	}
	if s.iterations == 0 {
		s.iterations = 4096
	}
	salt := []byte("salt of the earth")
	serverFirst := fmt.Sprintf("r=%s,s=%s,i=%d", nonce, base64.StdEncoding.EncodeToString(salt), s.iterations)
	final, ok := c.ask(serverFirst)
	if !ok {
		return false
	}
	withoutProof, proof64, _ := strings.Cut(final, ",p=")
	bound := []byte(binding + ",,")
	if strings.HasSuffix(mechanism, "-PLUS") {
		state := c.conn.(*tls.Conn).ConnectionState()
		data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32)
		if err != nil || binding != "p=tls-exporter" {
			return false
		}
		bound = append(bound, data...)
	}
	if withoutProof != "c="+base64.StdEncoding.EncodeToString(bound)+",r="+nonce {
		return false
	}
	salted, _ := pbkdf2.Key(h, s.password, salt, s.iterations, h().Size())
	message := bare + "," + serverFirst + "," + withoutProof
	clientKey := mac(salted, "Client Key")
	proof, _ := base64.StdEncoding.DecodeString(proof64)
	want := make([]byte, len(clientKey))
	subtle.XORBytes(want, clientKey, mac(sum(h, clientKey), message))
	if !hmac.Equal(proof, want) {
		return false
	}
	verdict := mac(mac(salted, "Server Key"), message)
	switch s.fault {
	case "no proof":
		return true
	case "wrong proof":
		verdict[0]++
	}
	_, ok = c.ask("v=" + base64.StdEncoding.EncodeToString(verdict))
	return ok
}

func sum(h func() hash.Hash, b []byte) []byte {
	d := h()
	d.Write(b)
	return d.Sum(nil)
}
