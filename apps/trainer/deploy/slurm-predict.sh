#!/bin/bash
# Depth of a folder of photos, each task of the array an eighth of them, into one folder: sbatch --array=0-7 slurm-predict.sh
# Sent again, it predicts only what is missing.
#SBATCH --job-name=llm-mde-predict
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=04:00:00
#SBATCH --output=llm-mde-predict-%A-%a.log
set -euo pipefail

MODEL=${MODEL:?the folder of a run or of a saved model}
PHOTOS=${PHOTOS:?a folder of photos}
OUT=${OUT:?a folder that all nodes see}

exec npx --yes @llm-mde/trainer predict "$MODEL" "$PHOTOS" --out "$OUT"
