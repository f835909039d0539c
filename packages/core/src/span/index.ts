// What spans say: model calls, rewards, feedback. Imports nothing of Node: a page in a browser uses it too.

export type { ChatMessage, ChatRecord, ChatTool, ChatToolCall } from './chat-record.ts';
export { findFeedback, findFinalReward, findFinalRewards, getFeedback, getRewards, getRewardValue } from './reward.ts';
export { SPAN_ATTRIBUTES, SPAN_NAMES } from './semconv.ts';
export { type ReadModelCall, readModelCalls, type SpanOfChat } from './trace-to-messages.ts';
export { isModelCallSpan, sumUsage } from './usage.ts';
