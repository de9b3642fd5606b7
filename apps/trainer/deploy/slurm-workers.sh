#!/bin/bash
# Eight workers of a queue: QUEUE=redis://:password@host:6379 sbatch --array=0-7 slurm-workers.sh
# The command that gives the work, such as llm-mde ablate --queue "$QUEUE", may run anywhere that sees the same folders. At the time limit a worker
# gives its job back, a training with its checkpoint, and the array can be sent again.
#SBATCH --job-name=llm-mde-worker
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@120
#SBATCH --output=llm-mde-worker-%A-%a.log
set -euo pipefail

export LLM_MDE_QUEUE=${QUEUE:?the address of Redis, such as redis://:password@host:6379}
export LLM_MDE_THREADS=$SLURM_CPUS_PER_TASK

# exec: the signal goes to the program, and not to this shell.
exec npx --yes --package @llm-mde/trainer --package bullmq@6 --package ioredis@6 llm-mde worker --concurrency 1
