export { stateStoreContract, type ContractCase, type StoreUnderTest } from './state-store-contract.js';
