#!/usr/bin/env node
// The command of @agentlightning/cli, so that it is there for those who installed this package alone.
import '@agentlightning/cli/agl';
