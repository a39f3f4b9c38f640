import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Finding, FindingCode } from '../core/finding.js';

// Metadata keys of packages that are not ours to import.
const GATEWAY = 'websockets:is_gateway';
const MESSAGE_HANDLER = 'microservices:handler_type';
// Of a query, mutation or subscription; of a field; of a reference from another graph. Nest runs no guard for the last two, unless asked.
const RESOLVERS = ['graphql:resolver_type', 'graphql:resolve_property', 'graphql:resolve_reference'];

/** Gateways, message handlers and resolvers: what is reached without passing the HTTP pipeline. */
export function auditUnguardedSurface(modules: ModulesContainer): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<object>();
  const report = (code: FindingCode, where: string, what: string) =>
    findings.push({
      code,
      where,
      message: `${what} is not guarded: it is reached without the HTTP pipeline.`,
      fix: `move it to an application of its own, or accept it: audit: { baseline: [{ code: '${code}', where: '${where}', reason: '…' }] }`,
    });
  for (const module of modules.values()) {
    for (const wrapper of [...module.providers.values(), ...module.controllers.values()]) {
      const prototype = prototypeOf(wrapper);
      if (prototype === undefined || seen.has(prototype)) continue;
      seen.add(prototype);
      const type = prototype.constructor as Type;
      if (Reflect.getMetadata(GATEWAY, type) === true) report('surface.gateway', type.name, 'The gateway');
      for (const [name, method] of methodsOf(prototype)) {
        const where = `${type.name}.${name}`;
        if (Reflect.getMetadata(MESSAGE_HANDLER, method) !== undefined)
          report('surface.message-handler', where, 'The message handler');
        if (RESOLVERS.some((key) => Reflect.getMetadata(key, method) !== undefined))
          report('surface.resolver', where, 'The resolver');
      }
    }
  }
  return findings;
}

/** Of the class that Nest makes an instance of, or of what a factory made: resolvers are found by their instances. */
function prototypeOf({ metatype, isNotMetatype, instance }: InstanceWrapper): object | undefined {
  if (!isNotMetatype) return (metatype as Type).prototype as object | undefined;
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return typeof prototype?.constructor === 'function' ? prototype : undefined;
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
