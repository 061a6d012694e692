// What a participant's page does with its connection, for tests.
async function prepare(options) {
  const o = Object.assign({sounds: 3, pictures: 4, send: true, devices: true, codec: null, only: false}, options);
  const pc = window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle', iceServers: []});
  const direction = o.send ? 'sendonly' : 'recvonly';
  let stream = null;
  if (o.send && o.devices) stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360}});
  if (o.send && !o.devices) {
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d'); canvas.width = 320; canvas.height = 180;
    setInterval(() => { pen.fillStyle = `hsl(${performance.now() / 10 % 360} 60% 50%)`; pen.fillRect(0, 0, 320, 180) }, 50);
    const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
    const gain = window.gain = audio.createGain(); gain.gain.value = o.gain ?? 0.2;
    tone.connect(gain).connect(out); tone.start();
    stream = new MediaStream([...out.stream.getTracks(), ...canvas.captureStream(20).getTracks()]);
  }
  pc.addTransceiver(stream ? stream.getAudioTracks()[0] : 'audio', {direction});
  pc.addTransceiver(stream ? stream.getVideoTracks()[0] : 'video', {direction});
  for (let i = 0; i < o.sounds; i++) pc.addTransceiver('audio', {direction: 'recvonly'});
  for (let i = 0; i < o.pictures; i++) pc.addTransceiver('video', {direction: 'recvonly'});
  if (o.codec) for (const t of pc.getTransceivers()) if (t.receiver.track.kind == 'video') {
    const all = RTCRtpReceiver.getCapabilities('video').codecs, is = c => c.mimeType.toLowerCase() == o.codec.toLowerCase();
    t.setCodecPreferences([...all.filter(is), ...(o.only ? [] : all.filter(c => !is(c)))]);
  }
  pc.ontrack = e => {
    const element = document.createElement(e.track.kind); element.autoplay = true;
    element.muted = e.track.kind == 'video'; element.id = 'm' + e.transceiver.mid;
    element.srcObject = new MediaStream([e.track]); document.body.append(element);
  };
  if (o.trickle) pc.onicecandidate = e => e.candidate && window.candidate(e.candidate.candidate, e.candidate.sdpMid);
  await pc.setLocalDescription();
  if (o.complete) await new Promise(done => {
    const look = () => pc.iceGatheringState == 'complete' && done(); pc.onicegatheringstatechange = look; look(); });
  return o.complete ? pc.localDescription.sdp : pc.localDescription.sdp.split('\r\n').filter(l => !l.startsWith('a=candidate')).join('\r\n');
}
async function quality(wanted) {
  const sender = pc.getTransceivers()[1].sender, p = sender.getParameters();
  p.encodings[0].active = wanted != 'off'; p.encodings[0].maxBitrate = wanted == 'large' ? 1500000 : 150000;
  await sender.setParameters(p);
}
async function inbound() {
  const found = {};
  (await pc.getStats()).forEach(s => { if (s.type == 'inbound-rtp' && s.mid) found[s.mid] = {kind: s.kind, bytes: s.bytesReceived,
    packets: s.packetsReceived, lost: s.packetsLost, frames: s.framesDecoded || 0, width: s.frameWidth || 0, nacks: s.nackCount || 0,
    plis: s.pliCount || 0, freezes: s.freezeCount || 0, energy: s.totalAudioEnergy || 0}});
  return found;
}
async function outbound() {
  const found = {};
  (await pc.getStats()).forEach(s => { if (s.type == 'outbound-rtp') found[s.kind] = {bytes: s.bytesSent, packets: s.packetsSent,
    frames: s.framesEncoded || 0, width: s.frameWidth || 0, target: s.targetBitrate || 0}});
  return found;
}
