/// SHA-256 of the bytes 0, 1, 2 ... as Python's hashlib gives it, by length.
enum PaddingVectors {
    static let digests: [Int: String] = [
        54: "675f28acc0b90a72d1c3a570fe83ac565555db358cf01826dc8eefb2bf7ca0f3",
        55: "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59",
        56: "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562",
        57: "2fe741af801cc238602ac0ec6a7b0c3a8a87c7fc7d7f02a3fe03d1c12eac4d8f",
        58: "e03b18640c635b338a92b82cce4ff072f9f1aba9ac5261ee1340f592f35c0499",
        59: "bd2de8f5dd15c73f68dfd26a614080c2e323b2b51b1b5ed9d7933e535d223bda",
        60: "0ddde28e40838ef6f9853e887f597d6adb5f40eb35d5763c52e1e64d8ba3bfff",
        61: "4b5c2783c91ceccb7c839213bcbb6a902d7fe8c2ec866877a51f433ea17f3e85",
        62: "c89da82cbcd76ddf220e4e9091019b9866ffda72bee30de1effe6c99701a2221",
        63: "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488",
        64: "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108",
        65: "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781",
        66: "b6dfd259f6e0d07deb658a88148f8253f9bbbb74ddd6db3edbe159a56bc35073",
    ]
}
