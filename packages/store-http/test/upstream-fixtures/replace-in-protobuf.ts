/**
 * Replaces texts in the bytes of a protobuf message, whatever its schema, and mends the lengths around them; all other
 * bytes stay as they are. For recorded payloads with ids of another length than ours.
 *
 * @throws Error if the bytes around a text are no protobuf
 */
export function replaceInProtobuf(message: Buffer, replacements: ReadonlyMap<string, string>): Buffer {
  const whole = replacements.get(message.toString('latin1'));
  if (whole !== undefined) return Buffer.from(whole);
  if (![...replacements.keys()].some((text) => message.includes(text))) return message;
  const parts: Buffer[] = [];
  for (let position = 0; position < message.length; ) {
    const start = position;
    const tag = readVarint(message, position);
    position = tag.end;
    switch (tag.value & 7) {
      case 0:
        position = readVarint(message, position).end;
        break;
      case 1:
        position += 8;
        break;
      case 2: {
        const length = readVarint(message, position);
        const field = message.subarray(length.end, length.end + length.value);
        const replaced = replaceInProtobuf(field, replacements);
        parts.push(message.subarray(start, position), varint(replaced.length), replaced);
        position = length.end + length.value;
        continue;
      }
      case 5:
        position += 4;
        break;
      default:
        throw new Error(`No protobuf at byte ${start}`);
    }
    parts.push(message.subarray(start, position));
  }
  return Buffer.concat(parts);
}

function readVarint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let end = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[end++];
    if (byte === undefined) throw new Error(`No varint at byte ${start}`);
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end };
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
