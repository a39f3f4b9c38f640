require('reflect-metadata');
const common = require('@nestjs/common');
const core = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const gatehouse = require('nestjs-gatehouse');
const typeorm = require('nestjs-gatehouse/typeorm');
const shop = require('./shop.cjs');

(async () => {
  const express = await shop.probe({ common, core, gatehouse });
  const fastify = await shop.probe({ common, core, gatehouse, adapter: new FastifyAdapter() });
  console.log(JSON.stringify({ express, fastify, typeorm: typeof typeorm.fromTypeorm }));
})();
