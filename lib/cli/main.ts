#!/usr/bin/env node
import { GATEHOUSE, runGatehouse } from './gatehouse.js';

const { code, out, err } = await runGatehouse(process.argv.slice(2), Date.now());
const stream = out === undefined ? process.stderr : process.stdout;
// What an application has left open must not keep the command.
stream.write(`${out ?? `${GATEHOUSE}: ${err}`}\n`, () => process.exit(code));
