import { LitAgent } from 'agentlightning';
import OpenAI from 'openai';

/** Makes one call of a model with the `openai` package, with one client per thread. */
export class OneCallAgent extends LitAgent<
  { readonly task: number },
  { readonly baseURL: string; readonly model: string }
> {
  static override readonly moduleUrl = import.meta.url;
  #client: OpenAI | undefined;

  override async rollout({ task }: { readonly task: number }): Promise<number> {
    const { baseURL, model } = this.options;
    this.#client ??= new OpenAI({ baseURL, apiKey: 'simulated', maxRetries: 0 });
    await this.#client.chat.completions.create({ model, messages: [{ role: 'user', content: `Task ${task}` }] });
    return 1;
  }
}
