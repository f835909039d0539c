import {
  gradeRoomChoice,
  type RoomTask,
  roomsAndAvailability,
  roomToolDefinition,
} from '@agentlightning/simulated-llm/rooms-hard';
import { LitAgent, type LLM, type NamedResources, PromptTemplate, type RolloutContext } from 'agentlightning';
import OpenAI from 'openai';

/** The prompt to begin with: it says what is wanted, and nothing of how to choose. */
export const seedPrompt = new PromptTemplate({
  engine: 'f-string',
  template:
    'Find a room on {date} at {time} for {duration_min} minutes, {attendees} attendees. Needs: {needs}. Accessible required: {accessible_required}',
});

/**
 * Chooses a meeting room: the model is given the request, asks the calendar through a tool, and answers with a room id or "No Room".
 *
 * Two resources come with each rollout: the prompt, which is what gets optimised, and the model endpoint.
 */
export class RoomSelector extends LitAgent<RoomTask> {
  // A worker thread imports the agent from here.
  static override readonly moduleUrl = import.meta.url;

  override async rollout(task: RoomTask, resources: NamedResources, { signal }: RolloutContext) {
    const prompt = resources['prompt_template'] as PromptTemplate;
    const llm = resources['agent_llm'] as LLM;
    // The key stays in the environment: a key among the resources could be read by everybody who can read the store.
    const client = new OpenAI({ baseURL: llm.baseUrl(), apiKey: process.env['OPENAI_API_KEY'] ?? 'no-key' });
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: prompt.format({ ...task }) }];

    // Calls to tools and back, a few times at most: a confused model must not go on for ever.
    for (let turn = 0; turn < 4; turn += 1) {
      const completion = await client.chat.completions.create(
        { model: llm.model, messages, tools: [roomToolDefinition] },
        { signal },
      );
      const message = completion.choices[0]?.message;
      if (message === undefined) throw new Error('The model gave no answer');
      messages.push(message);
      if (!message.tool_calls?.length) return grade(task, message.content ?? '');
      for (const call of message.tool_calls) {
        messages.push({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(lookUp(call)) });
      }
    }
    return { reward: 0, feedback: 'no answer after four turns' };
  }
}

function lookUp(call: OpenAI.ChatCompletionMessageToolCall): unknown {
  if (call.type !== 'function') return { error: 'only functions are supported' };
  try {
    const { date, time, duration_min } = JSON.parse(call.function.arguments);
    return roomsAndAvailability(String(date), String(time), Number(duration_min));
  } catch (error) {
    return { error: `the arguments are not valid JSON: ${(error as Error).message}` };
  }
}

function grade(task: RoomTask, answer: string) {
  const reward = gradeRoomChoice(task, answer);
  return reward === 1
    ? { reward, feedback: 'right' }
    : { reward, feedback: `wrong: the right answer was ${task.expectedChoice}` };
}
