import type { LatencyProfile } from '@agentlightning/simulated-llm';
import {
  gradeRoomChoice,
  type RoomTask,
  roomsAndAvailability,
  roomToolDefinition,
} from '@agentlightning/simulated-llm/rooms-hard';
import { LitAgent, type LLM, type NamedResources, type PromptTemplate, type RolloutContext } from 'agentlightning';
import OpenAI from 'openai';

/** What a {@link RoomAgent} is made for. */
export interface RoomAgentOptions {
  /** How often the model looks into the calendar before it answers: one model call each, and one for the answer. */
  readonly lookUps: number;
  /** The server's latencies and seed: the agent then reports what its calls drew, as the metric `latencyMs`. */
  readonly draws?: { readonly latency: LatencyProfile; readonly seed: number };
  /** The model, for snapshots that hold the prompt alone. Default: what the resource `agent_llm` says. */
  readonly model?: { readonly endpoint: string; readonly name: string };
}

/** Attribute of the span that carries the metric. */
export const LATENCY_ATTRIBUTE = 'agentlightning.metric.latencyMs';

type ChatRequest = OpenAI.ChatCompletionCreateParamsNonStreaming;

/**
 * Chooses a meeting room in `lookUps + 1` model calls, one after the other, with one client per thread. Without a look-up it gives the model the
 * calendar unasked: the least that an agent can do.
 */
export class RoomAgent extends LitAgent<RoomTask, RoomAgentOptions> {
  static override readonly moduleUrl = import.meta.url;
  #client: OpenAI | undefined;

  override async rollout(task: RoomTask, resources: NamedResources, { signal }: RolloutContext) {
    const { lookUps, draws } = this.options;
    const prompt = resources['prompt_template'] as PromptTemplate;
    const model = this.options.model ?? modelOf(resources['agent_llm'] as LLM);
    this.#client ??= new OpenAI({ baseURL: model.endpoint, apiKey: 'simulated' });
    const messages = openingMessages(prompt.format({ ...task }), task, lookUps);
    let latencyMs = 0;
    for (let lookUp = 0; ; lookUp += 1) {
      const request = chatRequest(model.name, messages, lookUp < lookUps);
      if (draws !== undefined) {
        const { drawLatencyMs, hashBody } = await import('@agentlightning/simulated-llm');
        latencyMs += drawLatencyMs(draws.latency, 'agent', hashBody(JSON.stringify(request)), draws.seed);
      }
      const completion = await this.#client.chat.completions.create(request, { signal });
      const message = completion.choices[0]!.message;
      if (!message.tool_calls?.length) {
        const answer = message.content ?? '';
        return {
          reward: gradeRoomChoice(task, answer),
          feedback: `expected: ${task.expectedChoice}`,
          ...(draws === undefined ? {} : { metrics: { latencyMs } }),
        };
      }
      messages.push(message);
      for (const { id } of message.tool_calls) messages.push(calendar(id, task));
    }
  }
}

function modelOf(llm: LLM): { readonly endpoint: string; readonly name: string } {
  return { endpoint: llm.baseUrl(), name: llm.model };
}

/** The very request that an agent without look-ups makes. */
export function onlyRequest(task: RoomTask, prompt: PromptTemplate, model: string): ChatRequest {
  return chatRequest(model, openingMessages(prompt.format({ ...task }), task, 0), false);
}

function openingMessages(text: string, task: RoomTask, lookUps: number): OpenAI.ChatCompletionMessageParam[] {
  const question: OpenAI.ChatCompletionMessageParam = { role: 'user', content: text };
  if (lookUps > 0) return [question];
  const id = 'calendar';
  const { name } = roomToolDefinition.function;
  const call = { id, type: 'function' as const, function: { name, arguments: '{}' } };
  return [question, { role: 'assistant', content: null, tool_calls: [call] }, calendar(id, task)];
}

function chatRequest(model: string, messages: OpenAI.ChatCompletionMessageParam[], looksUp: boolean): ChatRequest {
  // The model is told when to look up: left to itself it would look once.
  return { model, messages, tools: [roomToolDefinition], tool_choice: looksUp ? 'required' : 'none' };
}

function calendar(id: string, { date, time, duration_min }: RoomTask): OpenAI.ChatCompletionMessageParam {
  return { role: 'tool', tool_call_id: id, content: JSON.stringify(roomsAndAvailability(date, time, duration_min)) };
}
