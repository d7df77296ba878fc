"""EODASH_* and the limits, as one frozen object."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment may set; `EODASH_HOME=/data streamlit run app.py` sets `home`."""

    model_config = SettingsConfigDict(env_prefix="EODASH_", frozen=True)

    home: Path = Field(Path.home() / ".local/share/eodash", description="where runs and cubes are kept")
    quota_mib: int = Field(4096, ge=1, description="disk for cubes; the oldest unpinned are evicted first")
    catalogues: Path | None = Field(None, description="a TOML file of catalogues beside the shipped ones")
    allow_loopback: bool = Field(False, description="catalogues and assets on this machine, over http")
    data_root: Path | None = Field(None, description="folder below which files may be opened as a source")
    real_data: Path | None = Field(None, description="folder of real labelled series that models are tested on")
    hosts: tuple[str, ...] = Field(("127.0.0.1", "localhost", "[::1]"), description="names this server answers to")
    online: bool = Field(True, description="offer tile layers on maps")

    aoi_upload_mib: float = Field(5, gt=0, description="largest area file")
    aoi_vertices: int = Field(10_000, ge=4, description="most vertices of an area")
    aoi_depth: int = Field(8, ge=1, description="deepest nesting of an area file")
    aoi_features: int = Field(500, ge=1, description="most features of an area file")
    cube_mib: int = Field(256, ge=1, description="largest cube, estimated before fetching")
    dates: int = Field(120, ge=1, description="most dates from a catalogue")
    file_dates: int = Field(400, ge=1, description="most dates from files, over any span")
    years: int = Field(10, ge=1, description="longest span from a catalogue")
    raster_mib: int = Field(512, ge=1, description="largest raster, judged by its header")
    block_mib: int = Field(64, ge=1, description="largest block of a raster")

    sandbox_mib: int = Field(2048, ge=512, description="memory of a process that reads a foreign file")
    sandbox_seconds: float = Field(60, gt=0, description="for reading a foreign file")
    sandbox_answer_mib: int = Field(576, ge=1, description="largest answer of such a process")

    model_mib: float = Field(200, gt=0, description="largest weights file")
    model_memory_mib: int = Field(3072, ge=768, description="memory of the process that checks a brought model")
    model_seconds: float = Field(120, gt=0, description="for checking a brought model")
    models_kept: int = Field(10, ge=1, description="most models that one browser may bring")
    models_mib: int = Field(2048, ge=1, description="disk for all brought models")

    connect_seconds: float = Field(3, gt=0, description="to reach a server")
    read_seconds: float = Field(20, gt=0, description="without a byte from a server")
    date_seconds: float = Field(120, gt=0, description="for all bands of one date")
    reads_per_host: int = Field(4, ge=1, description="parallel reads from one server")
    retries: int = Field(3, ge=0, description="further tries after a server's failure")
    failures_before_rest: int = Field(5, ge=1, description="failures in a row before a catalogue rests")
    rest_seconds: float = Field(60, gt=0, description="how long a failing catalogue rests")

    running_jobs: int = Field(2, ge=1, description="fetches at one time")
    queued_jobs: int = Field(16, ge=0, description="fetches that may wait")

    scheduler: str = Field("", description="a cluster that computes, tcp://…; without one a worker of this server")
    engine_seconds: float = Field(120, gt=0, description="for the first worker to answer")
    worker_mib: int = Field(6144, ge=1024, description="memory of a worker of this server")
    running_maps: int = Field(2, ge=1, description="maps at one time")
    queued_maps: int = Field(18, ge=0, description="maps that may wait")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
