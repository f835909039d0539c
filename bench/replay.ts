import OpenAI from 'openai';

type ChatRequest = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** Requests to be made again. */
export interface ReplayJob {
  readonly baseUrl: string;
  readonly requests: readonly ChatRequest[];
  /** How many are under way at once. */
  readonly concurrency: number;
}

/** Makes the requests through the client library, with nothing around them, and reads the answers. */
export async function replay({ baseUrl, requests, concurrency }: ReplayJob): Promise<void> {
  const client = new OpenAI({ baseURL: baseUrl, apiKey: 'simulated' });
  const left = requests.values();
  const work = async (): Promise<void> => {
    // The iterator is shared, so each request is made once.
    for (const request of left) await client.chat.completions.create(request);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
