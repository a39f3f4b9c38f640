#!/usr/bin/env node
import { GATEHOUSE, runGatehouse } from './gatehouse.js';

const { code, out, err } = runGatehouse(process.argv.slice(2), Date.now());
if (out) process.stdout.write(`${out}\n`);
if (err) process.stderr.write(`${GATEHOUSE}: ${err}\n`);
process.exitCode = code;
