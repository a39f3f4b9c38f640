require('reflect-metadata');
const common = require('@nestjs/common');
const core = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const gatehouse = require('nestjs-gatehouse');
const { fromDrizzle } = require('nestjs-gatehouse/drizzle');
const { postgresState } = require('nestjs-gatehouse/postgres');
const { fromPrisma } = require('nestjs-gatehouse/prisma');
const { redisState } = require('nestjs-gatehouse/redis');
const { stateStoreContract } = require('nestjs-gatehouse/testing');
const { fromTypeorm } = require('nestjs-gatehouse/typeorm');
const shop = require('./shop.cjs');

(async () => {
  const express = await shop.probe({ common, core, gatehouse });
  const fastify = await shop.probe({ common, core, gatehouse, adapter: new FastifyAdapter() });
  const subpaths = [postgresState, redisState, stateStoreContract, fromTypeorm, fromDrizzle, fromPrisma].map(
    (each) => typeof each,
  );
  console.log(JSON.stringify({ express, fastify, subpaths }));
})();
