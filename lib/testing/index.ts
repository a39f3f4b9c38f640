export { apiKeyStoreContract } from './api-key-store-contract.js';
export { stateStoreContract, type ContractCase, type StoreUnderTest } from './state-store-contract.js';
