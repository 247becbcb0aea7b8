"""Where the files of each data set are: addresses that are stable and public, and those that a person must visit.

A checksum stands here where the data set's own page or a widely used loader publishes it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remote:
    """One file. Without `address` it is fetched by hand from `page`; only `needed` ones must be there."""

    name: str
    what: str
    address: str | None = None
    page: str = ""
    md5: str | None = None
    needed: bool = True
    instead: tuple[str, ...] = ()  # patterns of files that do as well


_DRIVE = "https://drive.google.com/file/d/"
_OXFORD = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/"

FILES: dict[str, tuple[Remote, ...]] = {
    "cub": (
        Remote(
            "CUB_200_2011.tgz",
            "11,788 pictures and their boxes, 1.1 GB",
            "https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz",
            md5="97eceeb196236b17998738112f37df78",
        ),
        Remote(
            "cub_icml.tar.gz",
            "captions and split (Reed et al. 2016; cvpr2016_cub.tar.gz or AttnGAN's birds.zip do as well)",
            page=f"{_DRIVE}0B0ywwgffWnLLLUc2WHYzM0Q2eWc (linked from github.com/reedscot/icml2016)",
            instead=("cub_icml", "cvpr2016_cub*", "birds*"),
        ),
    ),
    "oxford102": (
        Remote(
            "102flowers.tgz",
            "8,189 pictures, 0.3 GB",
            f"{_OXFORD}102flowers.tgz",
            md5="52808999861908f626f3c1f4e79d11fa",
        ),
        Remote("imagelabels.mat", "their classes", f"{_OXFORD}imagelabels.mat", md5="e0620be6f572b9609742df49c70aed4d"),
        Remote(
            "flowers_icml.tar.gz",
            "captions and split (Reed et al. 2016; cvpr2016_flowers.tar.gz does as well)",
            page=f"{_DRIVE}0B0ywwgffWnLLMl9uOU91MV80cVU (linked from github.com/reedscot/icml2016)",
            instead=("flowers_icml", "cvpr2016_flowers*"),
        ),
    ),
    "celeba": (
        Remote(
            "img_align_celeba.zip",
            "202,599 aligned pictures, 1.4 GB, under an agreement",
            page="http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
            md5="00d2c5bc6d35e252742224ab0c1e8fcb",
        ),
        Remote(
            "text_descr_celeba.csv",
            "one caption a picture (Text2FaceGAN's table, under any name)",
            page="the authors of https://github.com/midas-research/text2facegan",
            instead=("*.csv", "*.tsv", "*.json", "*.jsonl", "*caption*"),
        ),
    ),
    "deepfashion": (
        Remote(
            "language_original.mat",
            "a sentence for each of 78,979 pictures (Fashion Synthesis Benchmark, under an agreement)",
            page="http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html",
        ),
        Remote(
            "G2.h5",
            "the pictures at 128x128, in G2.zip; or img/ of the Category and Attribute Prediction Benchmark",
            page="http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html",
            instead=("img", "Img"),
        ),
        Remote(
            "ind.mat",
            "FashionGAN's own split, 70,000 and 8,979",
            page="http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html",
            needed=False,
        ),
    ),
}
