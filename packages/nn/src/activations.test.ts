import { expect, it } from 'vitest';
import { Activation, checkActivation } from './activations.js';

it('takes the activations of a config.json that are here, and an absent one', () => {
  checkActivation({ hidden_act: 'silu' }, 'hidden_act', 'config.json');
  checkActivation({}, 'hidden_act', 'config.json');
});

it('refuses others by name', () => {
  // A name that every object has is no activation either.
  for (const name of ['mish', 'toString']) {
    expect(() => checkActivation({ hidden_act: name }, 'hidden_act', 'config.json')).toThrow(
      `config.json asks for the activation "${name}" as hidden_act; supported are gelu, `,
    );
    expect(() => new Activation(name as 'gelu')).toThrow(`There is no activation function "${name}" here.`);
  }
});
