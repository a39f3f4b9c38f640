import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Finding, FindingCode } from '../core/finding.js';

// Metadata keys of packages that are not ours to import.
const GATEWAY = 'websockets:is_gateway';
const MESSAGE_HANDLER = 'microservices:handler_type';
const RESOLVER = 'graphql:resolver_type';

/** Gateways, message handlers and resolvers: what is reached without passing the HTTP pipeline. */
export function auditUnguardedSurface(modules: ModulesContainer): Finding[] {
  const findings: Finding[] = [];
  const report = (code: FindingCode, where: string, what: string) =>
    findings.push({
      code,
      where,
      message: `${what} is not guarded: it is reached without the HTTP pipeline.`,
      fix: `move it to an application of its own, or accept it: audit: { baseline: [{ code: '${code}', where: '${where}', reason: '…' }] }`,
    });
  for (const module of modules.values()) {
    for (const wrapper of [...module.providers.values(), ...module.controllers.values()]) {
      const type = wrapper.metatype as Type | null;
      // Factories and values have no class of their own.
      if (typeof type !== 'function' || !type.prototype) continue;
      if (Reflect.getMetadata(GATEWAY, type) === true) report('surface.gateway', type.name, 'The gateway');
      for (const [name, method] of methodsOf(type.prototype as object)) {
        const where = `${type.name}.${name}`;
        if (Reflect.getMetadata(MESSAGE_HANDLER, method) !== undefined)
          report('surface.message-handler', where, 'The message handler');
        if (Reflect.getMetadata(RESOLVER, method) !== undefined)
          report('surface.resolver', where, 'The resolver');
      }
    }
  }
  return findings;
}

/** The methods of a prototype and of those that it inherits from, nearest first. */
function methodsOf(prototype: object): Map<string, object> {
  const methods = new Map<string, object>();
  for (
    let level: object | null = prototype;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && name !== 'constructor' && !methods.has(name))
        methods.set(name, value as object);
    }
  }
  return methods;
}
