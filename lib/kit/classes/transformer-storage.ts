// The file behind class-transformer's entry point on Node, hence the same storage that the application's decorators filled. The
// package has no public way to read it back.
// @ts-expect-error its types are published under another path
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import type { MetadataStorage } from 'class-transformer/types/MetadataStorage.js';

/** What class-transformer's decorators have recorded in this process. */
export const transformerStorage = defaultMetadataStorage as MetadataStorage;
