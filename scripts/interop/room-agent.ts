import { gradeRoomChoice, roomToolDefinition } from '@agentlightning/simulated-llm/rooms-hard';
import { LitAgent, type NamedResources, type PromptTemplate, type RolloutContext } from 'agentlightning';
import OpenAI from 'openai';
import type { CalendarTask } from './room-tasks.ts';

/** The agent of `python/room_agent.py`: one look-up, one answer. Python's APO hands over nothing but the prompt, so the model is an option. */
export class RoomAgent extends LitAgent<CalendarTask, { readonly endpoint: string }> {
  static override readonly moduleUrl = import.meta.url;

  override async rollout(task: CalendarTask, resources: NamedResources, { signal }: RolloutContext) {
    const client = new OpenAI({ baseURL: this.options.endpoint, apiKey: 'simulated' });
    const prompt = resources['prompt_template'] as PromptTemplate;
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: prompt.format({ ...task }) }];
    const request = { model: 'sim-agent-weak', tools: [roomToolDefinition] };
    const first = await client.chat.completions.create({ ...request, messages, tool_choice: 'required' }, { signal });
    const { message } = first.choices[0]!;
    messages.push(message);
    for (const { id } of message.tool_calls ?? []) {
      messages.push({ role: 'tool', tool_call_id: id, content: task.calendar });
    }
    const second = await client.chat.completions.create({ ...request, messages, tool_choice: 'none' }, { signal });
    return gradeRoomChoice(task, second.choices[0]!.message.content ?? '');
  }
}
