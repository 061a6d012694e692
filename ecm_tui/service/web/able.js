// Whether this browser can make a video call at all. Devices are another question: without any one can still see and hear.

export function able() {
  return typeof RTCPeerConnection === 'function'
    && typeof RTCPeerConnection.prototype.addTransceiver === 'function'
    && typeof RTCRtpSender === 'function'
    && typeof RTCRtpSender.prototype.setParameters === 'function'
    && typeof WebSocket === 'function'
    && typeof ResizeObserver === 'function'
    && typeof HTMLDialogElement === 'function';
}
