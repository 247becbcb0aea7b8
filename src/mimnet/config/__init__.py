"""Every setting, as frozen dataclasses.

Defaults are the `paper` preset: what the text of the paper says, and our reading where it is silent (docs/choices.md).
A comment beside a field is its help text on the command line.
"""

from mimnet.config.base import LossConfig, ModelConfig
from mimnet.config.experiment import FAMILIES, SECTIONS, Config, family_of
from mimnet.config.judge import JudgeConfig, default_judge
from mimnet.config.load import load_config, merge, model_config_from_json, preset_names, to_toml
from mimnet.config.manigan import ManiGANLoss, ManiGANModel
from mimnet.config.mimnet import MIMNetLoss, MIMNetModel
from mimnet.config.sisgan import SISGANLoss, SISGANModel
from mimnet.config.tagan import TAGANLoss, TAGANModel
from mimnet.config.training import PicturesConfig, PretrainConfig, TrainConfig

__all__ = [
    "FAMILIES",
    "SECTIONS",
    "Config",
    "JudgeConfig",
    "LossConfig",
    "MIMNetLoss",
    "MIMNetModel",
    "ManiGANLoss",
    "ManiGANModel",
    "ModelConfig",
    "PicturesConfig",
    "PretrainConfig",
    "SISGANLoss",
    "SISGANModel",
    "TAGANLoss",
    "TAGANModel",
    "TrainConfig",
    "default_judge",
    "family_of",
    "load_config",
    "merge",
    "model_config_from_json",
    "preset_names",
    "to_toml",
]
