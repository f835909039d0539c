import type { ChatMessage } from '@agentlightning/core/span';
import { useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { countOf, formatCount, formatSeconds } from '../components/format.ts';
import { Notice } from '../components/notice.tsx';
import { JsonView } from '../json/json-tree.tsx';
import type { ConversationCall } from './conversation-calls.ts';

/** So many calls are shown before somebody asks for more. */
const CALLS_AT_ONCE = 50;
/** Likewise of the characters of a message. */
const CHARACTERS_AT_ONCE = 6000;

/** Model calls, one after the other: who said what. */
export function Conversation({ calls }: { calls: readonly ConversationCall[] }) {
  const [shown, setShown] = useState(CALLS_AT_ONCE);
  return (
    <div class="conversation">
      {calls.slice(0, shown).map((call, index) => (
        <Call key={call.span.spanId} call={call} number={index + 1} />
      ))}
      {calls.length > shown ? (
        <button type="button" onClick={() => setShown(shown + CALLS_AT_ONCE)}>
          {countOf(calls.length - shown, 'call')} more
        </button>
      ) : null}
    </div>
  );
}

function Call({ call, number }: { call: ConversationCall; number: number }) {
  const [isRaw, setIsRaw] = useState(false);
  const { span, model, promptTokens, completionTokens, latency, messages, tools } = call;
  const facts = [
    promptTokens + completionTokens === 0
      ? undefined
      : `${formatCount(promptTokens)} → ${formatCount(completionTokens)} tokens`,
    latency === null ? undefined : formatSeconds(latency),
    tools.length === 0
      ? undefined
      : `${countOf(tools.length, 'tool')}: ${tools.map((tool) => tool.function.name).join(', ')}`,
  ].filter((fact) => fact !== undefined);
  return (
    <article class="call" aria-label={`Model call ${number}`}>
      <div class="call-head">
        <h3>
          {number}. {model ?? 'A model'}
        </h3>
        <span class="muted small">{facts.join(' · ')}</span>
        {span.status.statusCode === 'ERROR' ? <Badge tone="bad">failed</Badge> : null}
        <button type="button" class="small" aria-expanded={isRaw} onClick={() => setIsRaw(!isRaw)}>
          {isRaw ? 'Hide JSON' : 'JSON'}
        </button>
      </div>
      {span.status.statusCode === 'ERROR' && span.status.description !== null ? (
        <Notice tone="bad">{span.status.description}</Notice>
      ) : null}
      {isRaw ? <JsonView value={span.attributes} label={`Attributes of model call ${number}`} /> : null}
      {messages === null ? (
        <Notice tone="info">
          What this call recorded cannot be read as a conversation; its JSON has all there is.
        </Notice>
      ) : (
        <Messages messages={messages} repeated={call.repeated} />
      )}
    </article>
  );
}

function Messages({ messages, repeated }: { messages: readonly ChatMessage[]; repeated: number }) {
  const [isAll, setIsAll] = useState(false);
  const start = isAll ? 0 : repeated;
  return (
    <>
      {start > 0 ? (
        <div>
          <button type="button" class="small" onClick={() => setIsAll(true)}>
            {countOf(start, 'message')} as before
          </button>
        </div>
      ) : null}
      {messages.slice(start).map((message, index) => {
        // Messages have no name but their place.
        const key = start + index;
        return <Message key={key} message={message} />;
      })}
    </>
  );
}

function Message({ message }: { message: ChatMessage }) {
  const { role, name, content, refusal, tool_calls: toolCalls = [], tool_call_id: answers } = message;
  return (
    <div class={`message message-${role}`}>
      <span class="message-role">
        {role}
        {name === undefined ? '' : ` ${name}`}
        {answers === undefined ? '' : ` · answers ${answers}`}
      </span>
      {content === null || content === '' ? null : <LongText text={content} />}
      {refusal === undefined ? null : <Notice tone="warn" title="It refused" children={refusal} />}
      {toolCalls.map(({ id, function: { name: called, arguments: args } }, index) => {
        // A model may give the same id twice.
        const key = index;
        return (
          <div key={key}>
            <span class="message-role">
              calls {called}
              {id === '' ? '' : ` · ${id}`}
            </span>
            <pre class="tool-arguments">{args}</pre>
          </div>
        );
      })}
      {content === '' && toolCalls.length === 0 ? <span class="muted">(nothing)</span> : null}
    </div>
  );
}

function LongText({ text }: { text: string }) {
  const [isWhole, setIsWhole] = useState(false);
  if (isWhole || text.length <= CHARACTERS_AT_ONCE) return <pre>{text}</pre>;
  return (
    <>
      <pre>{text.slice(0, CHARACTERS_AT_ONCE)}</pre>
      <div>
        <button type="button" class="small" onClick={() => setIsWhole(true)}>
          {formatCount(text.length - CHARACTERS_AT_ONCE)} characters more
        </button>
      </div>
    </>
  );
}
