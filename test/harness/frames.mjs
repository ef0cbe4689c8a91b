// Reads WebSocket frames out of a byte stream, enough to see the text messages that pass by
// (no extensions: the proxy strips their negotiation).

/** Returns push(chunk), which calls onText(text) for each complete text message. */
export function frameReader(onText) {
  let rest = Buffer.alloc(0);
  let message = [];
  let isText = false;
  return (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const frame = readFrame(rest);
      if (!frame) return;
      rest = rest.subarray(frame.size);
      if (frame.opcode >= 8) continue;
      if (frame.opcode !== 0) isText = frame.opcode === 1;
      message.push(frame.payload);
      if (!frame.final) continue;
      if (isText) onText(Buffer.concat(message).toString());
      message = [];
    }
  };
}

function readFrame(bytes) {
  if (bytes.length < 2) return null;
  const masked = (bytes[1] & 0x80) !== 0;
  let length = bytes[1] & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return null;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return null;
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const mask = masked ? bytes.subarray(at, at + 4) : null;
  if (masked) at += 4;
  if (bytes.length < at + length) return null;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  if (mask) for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i % 4];
  return { final: (bytes[0] & 0x80) !== 0, opcode: bytes[0] & 0x0f, payload, size: at + length };
}
