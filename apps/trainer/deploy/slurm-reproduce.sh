#!/bin/bash
# The paper's tables on eight nodes, one GPU each; then the tables once all parts are through:
#
#   jobs=$(sbatch --parsable --array=0-7 slurm-reproduce.sh)
#   sbatch --dependency=afterany:$jobs slurm-reproduce.sh
#
# Each task takes its part from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT; the second job has neither, finds all runs done (does what a
# failed task left) and writes the tables. A run that the time limit cuts off is saved at SIGTERM and resumes when the same array is sent again.
#SBATCH --job-name=llm-mde
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@120
#SBATCH --output=llm-mde-%A-%a.log
set -euo pipefail

DATA=${DATA:?the path of NYU Depth v2, such as /data/nyu_depth_v2_labeled.mat}
OUT=${OUT:?a folder that all nodes see}

# exec: the signal goes to the program, and not to this shell.
exec npx --yes @llm-mde/trainer reproduce --table all --preset paper --data "$DATA" --out "$OUT"
