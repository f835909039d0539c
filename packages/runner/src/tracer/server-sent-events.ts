/**
 * The data of each event in a complete (or broken off) `text/event-stream`, in order. An event that was cut off is included if its data
 * has begun: the reader decides whether it is of use. Follows "Server-sent events" of the HTML standard, for the `data` field only.
 */
export function serverSentEvents(text: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length > 0) events.push(data.join('\n'));
      data = [];
    } else if (line === 'data' || line.startsWith('data:')) {
      data.push(line.slice('data:'.length).replace(/^ /, ''));
    }
  }
  if (data.length > 0) events.push(data.join('\n'));
  return events;
}
