import type { ChatCompletion, CompletionChoice } from './chat-completion.ts';

/** Characters of content in one event: about two words. */
const charactersPerChunk = 12;

/**
 * A completion as the server-sent events of `stream: true`, in order and ready to be written, `[DONE]` last. A tool call comes as its
 * name first and its arguments in pieces.
 * @param includeUsage as `stream_options.include_usage`: one more event, with the usage and no choices, before `[DONE]`
 */
export function completionEvents(completion: ChatCompletion, includeUsage: boolean): string[] {
  const event = (choices: readonly unknown[], usage: unknown) =>
    `data: ${JSON.stringify({
      id: completion.id,
      object: 'chat.completion.chunk',
      created: completion.created,
      model: completion.model,
      system_fingerprint: completion.system_fingerprint,
      choices,
      ...(includeUsage ? { usage } : {}),
    })}\n\n`;
  const events = completion.choices.flatMap((choice) =>
    [...deltasOf(choice), undefined].map((delta) =>
      event(
        [
          {
            index: choice.index,
            delta: delta ?? {},
            logprobs: null,
            finish_reason: delta === undefined ? choice.finish_reason : null,
          },
        ],
        null,
      ),
    ),
  );
  if (includeUsage && completion.usage !== undefined) events.push(event([], completion.usage));
  events.push('data: [DONE]\n\n');
  return events;
}

function deltasOf({ message }: CompletionChoice): object[] {
  const start = { role: 'assistant', content: message.tool_calls === undefined ? '' : null, refusal: null };
  const text = piecesOf(message.content ?? '').map((content) => ({ content }));
  const calls = (message.tool_calls ?? []).flatMap((call, index) => [
    { tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.function.name, arguments: '' } }] },
    ...piecesOf(call.function.arguments).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ]);
  return [start, ...text, ...calls];
}

function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; start += charactersPerChunk)
    pieces.push(text.slice(start, start + charactersPerChunk));
  return pieces;
}
