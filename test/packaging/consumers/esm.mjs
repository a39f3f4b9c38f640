import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import * as gatehouse from 'nestjs-gatehouse';
import { fromDrizzle } from 'nestjs-gatehouse/drizzle';
import { postgresState } from 'nestjs-gatehouse/postgres';
import { fromPrisma } from 'nestjs-gatehouse/prisma';
import { redisState } from 'nestjs-gatehouse/redis';
import { stateStoreContract } from 'nestjs-gatehouse/testing';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import shop from './shop.cjs';

const express = await shop.probe({ common, core, gatehouse });
const fastify = await shop.probe({ common, core, gatehouse, adapter: new FastifyAdapter() });
const subpaths = [postgresState, redisState, stateStoreContract, fromTypeorm, fromDrizzle, fromPrisma].map(
  (each) => typeof each,
);
console.log(JSON.stringify({ express, fastify, subpaths }));
