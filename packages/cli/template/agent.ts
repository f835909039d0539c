// Your agent. The example books meeting rooms; the places to change are marked with CHANGE.
import { roomsAndAvailability, roomToolDefinition } from '@agentlightning/simulated-llm/rooms-hard';
import { LitAgent, type LLM, type NamedResources, PromptTemplate, type RolloutContext } from 'agentlightning';
import OpenAI from 'openai';

/** CHANGE: one line of tasks/*.jsonl. */
export interface Task {
  readonly date: string;
  readonly time: string;
  readonly duration_min: number;
  readonly attendees: number;
  readonly needs: string;
  readonly accessible_required: string;
  /** For the score alone; the agent never shows it to the model. */
  readonly expectedChoice: string;
}

/** CHANGE: the prompt that the search begins with. It gets better than this. */
export const seedPrompt = new PromptTemplate({
  engine: 'f-string',
  template:
    'Find a room on {date} at {time} for {duration_min} minutes, {attendees} attendees. Needs: {needs}. Accessible required: {accessible_required}',
});

export class MyAgent extends LitAgent<Task> {
  // Threads import the agent from here: keep this line, and keep the class exported.
  static override readonly moduleUrl = import.meta.url;

  /** Works on one task and says how well that went. `prompt` is the one that is being tried. */
  override async rollout(task: Task, resources: NamedResources, { signal }: RolloutContext) {
    const prompt = resources['prompt'] as PromptTemplate;
    const answer = await this.answer(prompt.format({ ...task }), resources['llm'] as LLM, signal);
    // CHANGE: the score, from 0 to 1. The feedback is what the optimiser reads: say what was wrong, not only that it was.
    const isRight = answer.trim().toLowerCase() === task.expectedChoice.toLowerCase();
    return { reward: isRight ? 1 : 0, feedback: isRight ? 'right' : `wrong: expected ${task.expectedChoice}` };
  }

  /** CHANGE: ordinary code that asks a model, as often as it likes. This one lets the model look at the calendar, then takes its answer. */
  private async answer(content: string, llm: LLM, signal: AbortSignal): Promise<string> {
    const client = new OpenAI({ baseURL: llm.baseUrl(), apiKey: process.env['OPENAI_API_KEY'] || 'none' });
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content }];
    for (let turn = 0; turn < 4; turn += 1) {
      const completion = await client.chat.completions.create(
        { model: llm.model, messages, tools: [roomToolDefinition] },
        { signal },
      );
      const message = completion.choices[0]?.message;
      if (message === undefined) throw new Error('The model gave no answer');
      if (!message.tool_calls?.length) return message.content ?? '';
      messages.push(message);
      for (const call of message.tool_calls) {
        messages.push({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(lookUp(call)) });
      }
    }
    return '';
  }
}

/** What the tool answers: the rooms, and whether each is free then. */
function lookUp(call: OpenAI.ChatCompletionMessageToolCall): unknown {
  if (call.type !== 'function') return { error: 'only functions are supported' };
  try {
    const { date, time, duration_min } = JSON.parse(call.function.arguments);
    return roomsAndAvailability(String(date), String(time), Number(duration_min));
  } catch (error) {
    return { error: `the arguments are not valid JSON: ${(error as Error).message}` };
  }
}
